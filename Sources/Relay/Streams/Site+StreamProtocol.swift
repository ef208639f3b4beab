import RabbitStream
import RopewayConfiguration

extension Site {
    /// Why what is a stream can't be copied from the site or to it; `nil` where it answers over the stream protocol.
    package func streamFault(within limit: Duration = .seconds(5)) async -> TopologyError? {
        guard !configuration.stream.isEmpty else {
            return TopologyError(
                .notSupported,
                "site '\(name)' has no listener of the stream protocol in the configuration",
                hint: "add stream: [rabbitmq-stream://HOST] to the site",
                object: name
            )
        }
        do {
            var configuration = try streamConnection(name: "ropeway check")
            configuration.connectTimeout = limit
            configuration.handshakeTimeout = limit
            await (try StreamConnection.connect(configuration)).close()
            return nil
        } catch {
            return TopologyError(error, onStreamsOf: self, object: name)
        }
    }
}
