import BrokerHarness
import RopewayHarness
import Testing

extension FaultBench {
    /// Accounts for every confirmed message in the application's queue on DC2.
    ///
    /// - Parameters:
    ///   - repeats: how many copies too many there may be, those aside that the publishers sent again.
    ///   - isOrdered: whether the first copies must be in the order of their publishers.
    /// - Returns: the account, for what a test knows better.
    @discardableResult
    func account(
        for load: PacedPublishers,
        repeats: Int,
        isOrdered: Bool = true,
        _ what: String
    ) async throws -> Ledger.Account {
        let deliveries = try await dc2.drain(Self.queue)
        let account = load.ledger.account(of: deliveries)
        let allowed = repeats + load.counts.resent
        let first = account.lost.prefix(3).joined(separator: ", ")
        FaultScale.note(
            "\(what): \(deliveries.count) on DC2, \(account.distinct) distinct, \(account.lost.count) lost, "
                + "\(account.repeated) repeated (\(allowed) allowed), \(account.outOfOrder) out of order; "
                + "publishers \(load.counts)"
        )
        #expect(account.lost.isEmpty, "\(account.lost.count) are lost, such as \(first)")
        #expect(account.repeated <= allowed)
        if isOrdered { #expect(account.outOfOrder == 0) }
        // The quarantine is made when it is first needed.
        let name = "ropeway.\(ropeway.pair).\(Self.exchange).quarantine"
        let answer = try await dc2.management("GET", "/api/queues/%2F/\(name)")
        #expect(answer.status == 404, "something is in quarantine")
        return account
    }
}
