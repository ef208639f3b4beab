import HTTPClient
import Testing

@testable import Management

@Suite("An answer that a cache has kept")
struct KeptAnswerTests {
    private func kind(age: String?, status: Int = 200) -> ManagementError.Kind? {
        let headers = age.map { [HTTPHeader(name: "age", value: $0)] } ?? []
        return ManagementError.Kind(
            of: HTTPResponse(status: status, headers: headers, body: Array("{}".utf8)),
            to: ManagementCall(.get, ["queues", "/", "orders"])
        )
    }

    @Test("is no answer once it is too old to say anything of now", arguments: ["6", "3600", "99999999999"])
    func old(age: String) {
        for status in [200, 404] {
            guard case .unexpectedReply(let what)? = kind(age: age, status: status) else {
                Issue.record("\(age), \(status)")
                continue
            }
            #expect(what.contains("kept for \(age) s"))
        }
    }

    @Test("is taken where it is young, or no cache says how old it is", arguments: [nil, "0", "5", "old", "-1"])
    func young(age: String?) {
        #expect(kind(age: age) == nil)
    }
}
