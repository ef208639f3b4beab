import Transport

extension AMQPError {
    static func from(_ error: any Error, attempted: String, endpoint: Endpoint?) -> AMQPError {
        if let error = error as? AMQPError { return error.attempting(attempted, at: endpoint) }
        let code: Code = error is CancellationError ? .cancelled : .connectionLost
        return AMQPError(code, reason: "\(error)", attempted: attempted, endpoint: endpoint)
    }
}
