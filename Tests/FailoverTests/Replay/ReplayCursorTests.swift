import ErrorCodes
import Foundation
import Testing

@testable import Failover

@Suite("The cursor of a replay")
struct ReplayCursorTests {
    @Test("comes back as it was written, with what was seen of a queue")
    func same() throws {
        var cursor = ReplayCursor(operation: "o")
        cursor.stage = 2
        cursor.losses = [ReplayLoss(code: .storeMissing, message: "m", hint: "h")]
        cursor.rest = StoreRest(
            looks: [StoreLedger.Look(total: 7, oldest: nil), StoreLedger.Look(total: 5, oldest: 1000)],
            mayExpire: true,
            bound: BoundRest(unseen: 3, bindings: [1, .max])
        )
        #expect(ReplayCursor(json: try JSONEncoder().encode(cursor)) == cursor)
    }

    @Test("of an earlier version is read, and knows nothing of the store")
    func earlier() throws {
        let text = #"{"operation":"o","replayed":3,"expired":0,"quarantined":0,"consumed":1,"stage":1,"losses":[]}"#
        let cursor = try #require(ReplayCursor(json: Data(text.utf8)))
        #expect(cursor.stage == 1 && cursor.rest == nil)
    }

    @Test(
        "is none with numbers that leave no room to count on from",
        arguments: [
            #"{"looks":[{"total":9223372036854775807}],"mayExpire":false}"#,
            #"{"looks":[],"mayExpire":false,"bound":{"unseen":18446744073709551615}}"#,
            #"{"looks":[{"total":-1}],"mayExpire":false}"#,
        ]
    )
    func hostile(rest: String) {
        let text = #"{"operation":"o","replayed":0,"expired":0,"quarantined":0,"rest":\#(rest)}"#
        #expect(ReplayCursor(json: Data(text.utf8)) == nil)
    }
}
