import Foundation
import FoundationNetworking

extension BrokerNode {
    /// Sends a request to the management API as `guest`.
    ///
    /// - Parameters:
    ///   - method: `GET`, `PUT`, `POST` or `DELETE`.
    ///   - path: from `/api` on, already percent-encoded: `/api/queues/%2F/orders`.
    ///   - body: JSON text.
    ///   - deadline: how long to wait for the whole answer.
    /// - Returns: the status, whatever it is, and the body.
    /// - Throws: ``HarnessError`` if no answer came.
    @discardableResult
    public func management(
        _ method: String,
        _ path: String,
        body: String? = nil,
        within deadline: Duration = .seconds(15)
    ) async throws -> (status: Int, body: Data) {
        guard let address = URL(string: "http://127.0.0.1:\(self.managementPort)\(path)") else {
            throw HarnessError("'\(path)' is no path of the management API: percent-encode it")
        }
        var draft = URLRequest(url: address)
        draft.httpMethod = method
        draft.httpBody = body.map { Data($0.utf8) }
        draft.setValue("application/json", forHTTPHeaderField: "Content-Type")
        draft.setValue("Basic \(Data("guest:guest".utf8).base64EncodedString())", forHTTPHeaderField: "Authorization")
        let request = draft
        do {
            // The session's own time limits come much later than a second.
            let answer = try await withDeadline(deadline) { try await managementSession.data(for: request) }
            guard let (data, response) = answer else {
                throw HarnessError("\(method) \(path) on \(self.name): no answer within \(deadline)")
            }
            guard let response = response as? HTTPURLResponse else {
                throw HarnessError("\(method) \(path) on \(self.name): not an HTTP answer")
            }
            return (response.statusCode, data)
        } catch let error as URLError {
            throw HarnessError("\(method) \(path) on \(self.name): no answer: \(error.localizedDescription)")
        }
    }

    /// Sends a request to the management API and reads the answer as JSON.
    ///
    /// - Throws: ``HarnessError`` if the status is not in 200–299.
    public func managementJSON<Answer: Decodable>(
        _ path: String,
        as type: Answer.Type = Answer.self
    ) async throws -> Answer {
        let (status, body) = try await self.management("GET", path)
        guard (200..<300).contains(status) else {
            throw HarnessError("GET \(path) on \(self.name): \(status) \(String(decoding: body, as: UTF8.self))")
        }
        return try JSONDecoder().decode(type, from: body)
    }
}

/// Makes a virtual host that no other test uses, with all permissions for `guest`.
///
/// - Returns: its name, which needs no percent-encoding.
public func freshVirtualHost(on node: BrokerNode) async throws -> String {
    let name = "test-\(UUID().uuidString.lowercased().prefix(13))"
    let everything = #"{"configure":".*","write":".*","read":".*"}"#
    for (path, body) in [("/api/vhosts/\(name)", "{}"), ("/api/permissions/\(name)/guest", everything)] {
        let (status, answer) = try await node.management("PUT", path, body: body)
        guard (200..<300).contains(status) else {
            throw HarnessError("PUT \(path) on \(node.name): \(status) \(String(decoding: answer, as: UTF8.self))")
        }
    }
    return name
}

/// Keeps nothing between tests: no cookies, no cache.
private let managementSession = URLSession(configuration: .ephemeral)
