import AMQP
import Foundation
import Leadership
import Logging
import Management
import Pump
import Relay
import RopewayConfiguration
import Waiting

/// Replaying to each queue what it may not have consumed.
///
/// Until the position of the last queue is reached, messages go through an exchange beside the application's, of the same
/// type and with the bindings of those queues only whose positions are reached. From then on they go into the exchange
/// itself. A queue is bound while nothing is in flight, and before the first message that it is to get is published.
extension Replay {
    /// A part of the replay that leads to the same queues.
    struct Leg {
        /// The exchange that is published to.
        var exchange: String
        /// It ends before the first message from this position on; `nil`: at the end of all.
        var until: Int64?
        /// What it means that no queue takes a message.
        var returns = ReturnPolicy.quarantine
        /// What must be bound to the exchange meanwhile, where that is the one beside the application's.
        var bound: StageBindings?
    }

    /// How often it begins again with the stages, because somebody changed what is bound, before all queues get everything.
    private static let mostBeginnings = 10

    /// Moves what the window takes, one leg after the other, from the stage that an earlier run had reached.
    func throughStages(_ work: Work, _ move: (Leg) async throws -> Void) async throws {
        let later = state.withLock { $0.plan?.window?.later ?? [] }
        for beginning in 1...Self.mostBeginnings where state.withLock({ $0.stage }) < later.count {
            do {
                try await walk(later, work, move)
            } catch let change as StageChange {
                try await begin(after: change, work)
                if !change.mayBeMended || beginning == Self.mostBeginnings { break }
            }
        }
        state.withLock { $0.stage = later.count }
        try await move(Leg(exchange: work.exchange))
        if !later.isEmpty { await removeStagedExchange(work) }
    }

    /// Moves the legs before the last one.
    ///
    /// - Throws: ``StageChange`` where somebody changed what is bound.
    private func walk(
        _ later: [PairRecord.Window.Stage],
        _ work: Work,
        _ move: (Leg) async throws -> Void
    ) async throws {
        let found = try await stagedExchange()
        try await takeOverBound(found, later, work)
        guard let exchange = found, try await make(exchange, work) else { return skipStages(later) }
        // A queue may begin with what arrived late in an earlier epoch: of that nobody knows who consumed it.
        if state.withLock({ $0.plan?.contents == nil }) {
            try await move(Leg(exchange: work.exchange, until: .min))
        }
        for index in state.withLock({ $0.stage })..<later.count {
            let bound = exchange.bindings(without: later[index...])
            guard try await bind(bound, work) else { return skipStages(later) }
            let leg = Leg(exchange: names.replay, until: later[index].from, returns: .skip, bound: bound)
            try await waitUntilBound(leg)
            if state.withLock({ $0.plan?.contents == nil }) { try await noteBound(bound, work) }
            try await move(leg)
            try await waitUntilSeenWhole(leg)
            state.withLock {
                $0.stage = index + 1
                $0.bound = nil
            }
            try await writeCursor(work)
        }
    }

    /// From here on everything goes into the application's exchange.
    private func skipStages(_ later: [PairRecord.Window.Stage]) {
        state.withLock { $0.stage = later.count }
    }

    /// Writes down what is bound, before anything of a queue goes that way.
    private func noteBound(_ bound: StageBindings, _ work: Work) async throws {
        noteWhole(await done())
        state.withLock { $0.bound = bound }
        try await writeCursor(work)
    }

    /// Looks whether what the run before had bound is still there, before any of it is made again.
    ///
    /// - Parameter exchange: what is bound to the application's exchange; `nil` where that is gone.
    private func takeOverBound(
        _ exchange: StagedExchange?,
        _ later: [PairRecord.Window.Stage],
        _ work: Work
    ) async throws {
        let (stage, rest) = state.withLock { ($0.stage, $0.base.rest?.bound) }
        guard let rest else { return }
        let bound = exchange?.bindings(without: later[stage...]).keeping(rest.bindings)
        var change: StageChange?
        if let bound, rest.unseen > 0 { change = try await self.change(of: bound) }
        try await leaveBound(change, unseen: rest.unseen, work)
        state.withLock { $0.base.rest?.bound = nil }
    }

    /// - Returns: `nil` where there is no exchange that it could stand in for.
    private func stagedExchange() async throws -> StagedExchange? {
        guard let found = try await site.management.exchange(route.exchange, virtualHost: site.virtualHost) else {
            return nil
        }
        let all = try await site.management.bindings(fromExchange: route.exchange, virtualHost: site.virtualHost)
        return StagedExchange(
            type: found.type,
            bindings: all.filter { !$0.destination.hasPrefix("ropeway.") },
            capture: all.contains { $0.destination == names.capture } ? names.capture : nil
        )
    }

    /// - Returns: whether it could be made: everything goes into the application's exchange if not.
    private func make(_ exchange: StagedExchange, _ work: Work) async throws -> Bool {
        let names = names
        return try await trying("declare the exchange '\(names.replay)'", work) { (channel) async throws(AMQPError) in
            // One that an earlier run left has bindings of queues that are to get nothing yet.
            try await channel.deleteExchange(names.replay)
            try await channel.declareExchange(names.replay, type: exchange.type)
        }
    }

    /// Binds what a stage leads to.
    ///
    /// - Returns: whether it is so.
    private func bind(_ bound: StageBindings, _ work: Work) async throws -> Bool {
        let names = names
        let what = "bind the queues of exchange '\(route.exchange)' to '\(names.replay)'"
        return try await trying(what, work) { (channel) async throws(AMQPError) in
            for binding in bound.bindings {
                let arguments = FieldTable(binding.arguments)
                if binding.destinationType == .queue {
                    try await channel.bindQueue(
                        binding.destination,
                        to: names.replay,
                        routingKey: binding.routingKey,
                        arguments: arguments
                    )
                } else {
                    try await channel.bindExchange(
                        binding.destination,
                        to: names.replay,
                        routingKey: binding.routingKey,
                        arguments: arguments
                    )
                }
            }
        }
    }

    /// Tries something on a channel of its own.
    ///
    /// - Returns: whether the broker did it; if it refused, everything is replayed to all queues from here on.
    private func trying(
        _ what: String,
        _ work: Work,
        _ body: (AMQPChannel) async throws(AMQPError) -> Void
    ) async throws(AMQPError) -> Bool {
        let channel = try await work.connection.openChannel()
        do throws(AMQPError) {
            try await body(channel)
            try await channel.close()
            return true
        } catch {
            guard error.code == .channelClosedByBroker else { throw error }
            logger.warning(
                "can't \(what): from here on every queue gets what is replayed, with more repeats",
                metadata: ["route": "\(route.name)", "error": "\(error.summary)", "hint": "\(error.hint)"]
            )
            return false
        }
    }

    private func removeStagedExchange(_ work: Work) async {
        _ = try? await trying("delete the exchange '\(names.replay)'", work) { (channel) async throws(AMQPError) in
            try await channel.deleteExchange(names.replay)
        }
    }
}
