import BrokerHarness
import RopewayHarness
import Testing

extension FaultBench {
    /// Accounts for every confirmed message in the application's queue on DC2.
    ///
    /// - Parameters:
    ///   - repeats: how many copies too many there may be, those aside that the publishers sent again.
    func account(for load: PacedPublishers, repeats: Int, _ what: String) async throws {
        try await account(for: load.ledger, repeats: repeats + load.counts.resent, what)
        FaultScale.note("\(what): publishers \(load.counts)")
    }

    /// Accounts for every confirmed message in the application's queue on DC2.
    func account(for ledger: Ledger, repeats: Int, _ what: String) async throws {
        let deliveries = try await dc2.drain(Self.queue)
        let account = ledger.account(of: deliveries)
        let first = account.lost.prefix(3).joined(separator: ", ")
        FaultScale.note(
            "\(what): \(deliveries.count) on DC2, \(account.distinct) distinct, \(account.lost.count) lost, "
                + "\(account.repeated) repeated (\(repeats) allowed), \(account.outOfOrder) out of order"
        )
        #expect(account.lost.isEmpty, "\(account.lost.count) are lost, such as \(first)")
        #expect(account.repeated <= repeats)
        #expect(account.outOfOrder == 0)
        // The quarantine is made when it is first needed.
        let name = "ropeway.\(ropeway.pair).\(Self.exchange).quarantine"
        let answer = try await dc2.management("GET", "/api/queues/%2F/\(name)")
        #expect(answer.status == 404, "something is in quarantine")
    }
}
