import FoundationEssentials
import HTTPClient
import TLSDiagnosis

/// One run of a webhook: posted until it is taken, refused for good, or out of time.
struct WebhookDelivery: Sendable {
    /// The header with the signature, where a key is set.
    static let signatureHeader = "Ropeway-Signature"
    /// The header with the id of the run: the same for every try.
    static let runHeader = "Ropeway-Run"
    /// More of an answer than this is not read, and fails the try.
    static let longestAnswer = 65_536

    private static let firstDelay = Duration.milliseconds(500)
    private static let longestDelay = Duration.seconds(10)

    let webhook: Hook.Webhook
    let body: [UInt8]
    let run: String
    let timeout: Duration

    /// What came of one try.
    private enum Try {
        case done(HookEnd)
        case again(String)
    }

    func run(_ client: CurlClient) async -> HookEnd {
        let deadline = ContinuousClock.now + timeout
        var delay = Self.firstDelay
        var tries = 0
        var reason = ""
        while true {
            let left = deadline - ContinuousClock.now
            guard left > .zero else { return HookEnd(.timedOut, said: reason, tries: max(tries, 1)) }
            tries += 1
            switch await attempt(client, within: left) {
            case .done(var end):
                end.tries = tries
                return end
            case .again(let what):
                reason = what
            }
            guard tries <= webhook.retries else { return HookEnd(.notDelivered(reason), tries: tries) }
            // A delay that ends after the time is not waited for.
            guard ContinuousClock.now + delay < deadline else {
                return HookEnd(.timedOut, said: reason, tries: tries)
            }
            do {
                try await Task.sleep(for: delay)
            } catch {
                return HookEnd(.cancelled, said: reason, tries: tries)
            }
            delay = min(delay * 2, Self.longestDelay)
        }
    }

    private func attempt(_ client: CurlClient, within limit: Duration) async -> Try {
        var headers = [
            HTTPHeader(name: "Content-Type", value: "application/json"),
            HTTPHeader(name: Self.runHeader, value: run),
        ]
        if let key = webhook.key {
            // Of each try again: whoever checks it refuses an old one.
            let signature = key.signature(of: body, at: Int64(Date().timeIntervalSince1970))
            headers.append(HTTPHeader(name: Self.signatureHeader, value: signature))
        }
        let request = HTTPRequest(
            method: .post,
            origin: webhook.address.origin,
            target: webhook.address.target,
            headers: headers,
            body: body,
            timeouts: HTTPTimeouts(connect: min(limit, .seconds(5)), total: limit),
            tls: TLSOptions(certificateAuthorityPath: webhook.authorityFile),
            maximumResponseBytes: Self.longestAnswer
        )
        do throws(HTTPClientError) {
            return judge(try await client.execute(request))
        } catch {
            switch error.code {
            case .cancelled: return .done(HookEnd(.cancelled))
            case .invalidRequest: return .done(HookEnd(.notStarted(error.reason)))
            case .shutDown: return .done(HookEnd(.cancelled))
            default: return .again(error.reason)
            }
        }
    }

    private func judge(_ response: HTTPResponse) -> Try {
        // Not the body: many answer an error with the path that was asked for, which often is a secret.
        switch response.status {
        case 200..<300: return .done(HookEnd(.succeeded))
        case 408, 425, 429, 500...: return .again("answered \(response.status)")
        case 300..<400:
            let reason = "a redirect, which is not followed: name the address that it leads to"
            return .done(HookEnd(.refused(response.status), said: reason))
        default: return .done(HookEnd(.refused(response.status)))
        }
    }
}
