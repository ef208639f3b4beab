import ControlAPI
import ControlModel
import ErrorCodes
import HTTPClient
import RopewayConfiguration

/// Whether a daemon of a configuration could be asked, were it run here by this user: its socket and its port. What is
/// wrong is a warning, since a daemon relays all the same.
struct ListenerCheck {
    let configuration: PairConfiguration
    let environment: [String: String]

    /// What there is to say of each listener.
    func findings() async -> [CheckFinding] {
        var findings = [self.socket()]
        if let listen = self.configuration.api.listen { findings.append(await self.port(listen)) }
        return findings
    }

    private func socket() -> CheckFinding {
        do throws(OperationError) {
            let place = try SocketPlace.ofDaemon(self.configuration, environment: self.environment)
            try place.checkUsable()
            return CheckFinding(.ok, code: .listener, subject: place.path, message: "the API's socket can be there")
        } catch {
            return CheckFinding(.warn, code: error.code, subject: "api", message: error.message, hint: error.hint)
        }
    }

    private func port(_ listen: APIConfiguration.Listener) async -> CheckFinding {
        let address = HTTPOrigin(scheme: .http, host: listen.host, port: listen.port)
        let subject = String(address.description.dropFirst("http://".count))
        switch PortProbe.outcome(host: listen.host, port: listen.port) {
        case .free:
            return CheckFinding(.ok, code: .listener, subject: subject, message: "the API's port is free")
        case .impossible(let reason):
            return CheckFinding(
                .warn,
                code: .cannotListen,
                subject: subject,
                message: "the API can't listen there: \(reason)",
                hint: "give api.listen an address of this machine and a port that this user may use"
            )
        case .taken:
            guard let other = await self.listener(listen) else {
                return CheckFinding(.ok, code: .listener, subject: subject, message: "the pair's daemon listens there")
            }
            return CheckFinding(
                .warn,
                code: .addressInUse,
                subject: subject,
                message: "the API can't listen there: \(other) does",
                hint: "stop the other process, or give this daemon its own api.listen"
            )
        }
    }

    /// Who has the port; `nil` for a daemon of this pair.
    private func listener(_ listen: APIConfiguration.Listener) async -> String? {
        // What listens at every address of this machine does at this one.
        let host =
            switch listen.host {
            case "0.0.0.0": "127.0.0.1"
            case "::": "::1"
            default: listen.host
            }
        let daemon = DaemonClient(
            client: CurlClient(),
            origin: HTTPOrigin(scheme: .http, host: host, port: listen.port),
            pair: self.configuration.name,
            token: nil,
            environment: self.environment
        )
        let absence: DaemonClient.Absence?
        do throws(OperationError) { absence = try await daemon.absence() } catch {
            absence = .anotherAnswers(pair: nil)
        }
        await daemon.shutdown()
        return switch absence {
        case nil: nil
        case .anotherAnswers(let pair?): "the daemon of pair \(pair.prefix(64))"
        case .anotherAnswers(nil), .nothingListens: "another process"
        }
    }
}
