import AMQP
import Management

/// Closes an ended epoch at the site that is promoted: from then on the site's broker refuses what a relay of that epoch
/// publishes into a standby store, whoever it is and whatever it believes.
///
/// A route of an epoch publishes through an exchange that carries the epoch in its name. When the epoch ends, a tombstone
/// takes its place: an internal exchange of another type, without a binding. A publish to it is refused (403), and so is
/// the attempt to declare the old one again (406). A relay that was frozen, cut off, or reads late gets nothing confirmed
/// and acknowledges nothing: everything stays in the capture that it came from. What is closed needs no cooperation of it.
///
/// The end of a store is marked after this, so that nothing of the epoch comes behind the mark but what a broker of a
/// cluster had routed before and delivers late; ``Replay`` looks for that.
package struct StoreBarrier: Sendable {
    /// The site that is promoted.
    package let site: Site
    /// The pair's name.
    package let pair: String

    /// How often an exchange is deleted again that a relay of the ended epoch declared in between.
    private static let attempts = 50
    /// How many exchanges are closed at a time.
    private static let width = 8
    /// How long the site's nodes may take until all of them say what was done.
    private static let patience = Duration.seconds(5)
    /// How long one of them may take to answer.
    private static let readTimeouts = ManagementTimeouts(connect: .seconds(1), request: .seconds(2), call: .seconds(2))

    /// Creates the barrier of a pair at a site.
    package init(site: Site, pair: String) {
        self.site = site
        self.pair = pair
    }

    /// How far the epoch and all before are closed. Changes nothing.
    ///
    /// - Parameter routes: the names of routes that must be closed whether they ever relayed or not; all others that the
    ///   site has exchanges of count as well.
    package func state(upTo epoch: Int, routes: [String]) async throws(TopologyError) -> BarrierState {
        BarrierState(try await site.storeExchanges(of: pair), pair: pair, upTo: epoch, routes: routes)
    }

    /// Closes the epoch and all before, and returns once the site's brokers say that it is so. Idempotent.
    ///
    /// - Parameter routes: see ``state(upTo:routes:)``.
    /// - Throws: ``TopologyError``; part of the exchanges may be closed then, and closing again goes on.
    package func close(upTo epoch: Int, routes: [String]) async throws(TopologyError) {
        let deadline = ContinuousClock.now + Self.patience
        var found = [try await state(upTo: epoch, routes: routes)]
        while true {
            try await perform(found)
            let answers = await answers(upTo: epoch, routes: routes)
            found = answers.compactMap { try? $0.get() }
            if !found.isEmpty, found.allSatisfy(\.isClosed) { return }
            guard ContinuousClock.now < deadline, !Task.isCancelled else {
                if let open = found.first(where: { !$0.isClosed }) { throw notClosed(open, epoch) }
                _ = try answers.first?.get()
                return
            }
            try? await Task.sleep(for: .milliseconds(50))
        }
    }

    private enum Work {
        case close(String)
        case remove(String)
    }

    private func perform(_ states: [BarrierState]) async throws(TopologyError) {
        let open = Set(states.flatMap { $0.open + $0.missing }).sorted()
        let work = open.map { Work.close($0) } + Set(states.flatMap(\.outdated)).sorted().map { Work.remove($0) }
        guard !work.isEmpty else { return }
        do {
            let configuration = try site.connection(name: "ropeway \(pair) barrier", for: .control)
            try await AMQPConnection.withConnection(configuration) { connection in
                try await withThrowingTaskGroup(of: Void.self) { group in
                    for (index, piece) in work.enumerated() {
                        if index >= Self.width { try await group.next() }
                        group.addTask { try await perform(piece, on: connection) }
                    }
                    try await group.waitForAll()
                }
            }
        } catch let error as TopologyError {
            throw error
        } catch let error as AMQPError {
            throw TopologyError(error, object: "ropeway.\(pair)")
        } catch {
            throw TopologyError(
                .unreachable,
                "site '\(site.name)' could not be asked to close an epoch: \(error)",
                hint: "try again once the site answers",
                object: "ropeway.\(pair)"
            )
        }
    }

    private func perform(_ work: Work, on connection: AMQPConnection) async throws(TopologyError) {
        switch work {
        case .close(let exchange):
            try await bury(exchange, on: connection)
        case .remove(let exchange):
            try await connection.declaring(exchange) { (channel) async throws(AMQPError) in
                try await channel.deleteExchange(exchange)
            }
        }
    }

    /// Puts a tombstone where an exchange is or could be. One that is there stays as it is, without a moment in which
    /// another could take its place.
    private func bury(_ exchange: String, on connection: AMQPConnection) async throws(TopologyError) {
        for attempt in 1... {
            do throws(TopologyError) {
                try await connection.declaring(exchange) { (channel) async throws(AMQPError) in
                    if attempt > 1 { try await channel.deleteExchange(exchange) }
                    try await channel.declareExchange(exchange, type: "direct", isInternal: true)
                }
                return
            } catch {
                // The exchange as it was, or one that a relay of the ended epoch declared before this could. It is refused
                // as soon as this succeeds once.
                guard error.code == .inequivalent, attempt < Self.attempts else { throw error }
            }
        }
    }

    /// What each endpoint of the site's management API says, as far as it answers soon: where the metadata are kept by
    /// Raft, a node may see a change later than the one that made it. A node that does not answer serves nobody.
    private func answers(upTo epoch: Int, routes: [String]) async -> [Result<BarrierState, TopologyError>] {
        await withTaskGroup(of: Result<BarrierState, TopologyError>.self) { group in
            for endpoint in site.management.endpoints {
                let api = site.management.only(endpoint).with(timeouts: Self.readTimeouts)
                group.addTask {
                    do throws(TopologyError) {
                        let exchanges = try await site.storeExchanges(of: pair, by: api)
                        return .success(BarrierState(exchanges, pair: pair, upTo: epoch, routes: routes))
                    } catch {
                        return .failure(error)
                    }
                }
            }
            return await group.reduce(into: []) { $0.append($1) }
        }
    }

    private func notClosed(_ state: BarrierState, _ epoch: Int) -> TopologyError {
        let names = state.open + state.missing
        return TopologyError(
            .inequivalent,
            "epoch \(epoch) is not closed at site '\(site.name)': it still takes what is published to "
                + names.prefix(3).map { "'\($0)'" }.joined(separator: ", ")
                + (names.count > 3 ? " and \(names.count - 3) more" : ""),
            hint: "end whatever declares these exchanges again, then run the same command again",
            object: names.first ?? "ropeway.\(pair)"
        )
    }
}
