import AMQP
import RabbitStream

extension TopologyError {
    /// What it means for an object that something failed over the stream protocol.
    init(_ error: any Error, onStreamsOf site: Site, object: String) {
        guard let error = error as? StreamError else {
            self.init(error, at: site.name, object: object)
            return
        }
        let code: Code =
            switch (error.code, error.responseCode) {
            case (.authenticationFailed, _), (.virtualHostRefused, _), (_, .accessRefused): .missingRights
            case (.refused, .streamDoesNotExist): .objectMissing
            case (.refused, .streamNotAvailable): .unreachable
            case (.notSupported, _), (.invalidArgument, _), (.messageTooLarge, _): .refused
            default: .unreachable
            }
        self.init(
            code,
            "site '\(site.name)', stream protocol: \(error.summary)",
            hint: error.hint,
            object: object
        )
    }
}
