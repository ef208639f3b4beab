import HTTPClient
import Synchronization
import Testing

@testable import Management

@Suite("Credentials that are had again")
struct CredentialStoreTests {
    private struct Unreadable: Error {}

    private func credentials(_ password: String) -> HTTPCredentials {
        HTTPCredentials(username: "u", password: password)
    }

    @Test("given a password that was refused, when the source has another, then that is used from then on")
    func replaces() throws {
        let store = CredentialStore(credentials("old")) { self.credentials("new") }
        #expect(try store.replacement(for: credentials("old")) == credentials("new"))
        #expect(store.credentials == credentials("new"))
    }

    @Test("given a password that was refused, when the source has the same, then there is nothing to try again with")
    func keeps() throws {
        let store = CredentialStore(credentials("old")) { self.credentials("old") }
        #expect(try store.replacement(for: credentials("old")) == nil)
        #expect(try CredentialStore(credentials("old"), renew: nil).replacement(for: credentials("old")) == nil)
    }

    @Test("given two requests that were refused, when the first had another password, then the second takes that")
    func sharesReplacement() throws {
        let asked = Mutex(0)
        let store = CredentialStore(credentials("old")) {
            asked.withLock { $0 += 1 }
            return self.credentials("new")
        }
        for _ in 0..<2 { #expect(try store.replacement(for: credentials("old")) == credentials("new")) }
        #expect(asked.withLock { $0 } == 1)
    }

    @Test("given a source that can't be read, when a password was refused, then the reason is told and nothing is lost")
    func tells() {
        let store = CredentialStore(credentials("old")) { throw Unreadable() }
        #expect(throws: Unreadable.self) { try store.replacement(for: credentials("old")) }
        #expect(store.credentials == credentials("old"))
    }
}
