import ErrorCodes
import Foundation
import Testing

@testable import Relay

@Suite("Since when something has been wrong")
struct ErrorDatingTests {
    private let start = Date(timeIntervalSince1970: 1000)

    @Test("Given an error that stays, when it is seen again, then it is since the first time")
    func stays() {
        var dating = ErrorDating()
        let error = RouteError(code: .stalled, message: "m", hint: "h")
        #expect(dating.dated(error, now: start)?.since == start)
        #expect(dating.dated(error, now: start + 5)?.since == start)
    }

    @Test("Given an error that went, when it comes back, then it is since then")
    func comesBack() {
        var dating = ErrorDating()
        let error = RouteError(code: .stalled, message: "m", hint: "h")
        _ = dating.dated(error, now: start)
        #expect(dating.dated(nil, now: start + 1) == nil)
        #expect(dating.dated(error, now: start + 2)?.since == start + 2)
        // One that knows its time keeps it.
        let known = RouteError(code: .gap, message: "m", hint: "h", since: start)
        #expect(dating.dated(known, now: start + 9)?.since == start)
    }
}
