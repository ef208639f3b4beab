import AMQP
import Foundation
import Leadership
import Management
import NIOCore
import Notation
import Pump
import Relay
import RopewayConfiguration

extension RouteConfiguration.Standby {
    /// Messages that are older are not replayed, in milliseconds. What a store kept because it may be unconsumed is replayed,
    /// whatever its age.
    var replayedAge: Int64 { protectedBytes == nil ? timeToLive.wholeMilliseconds : .max }

    /// Only so many of the newest messages are replayed; `nil` is no limit.
    var replayedMessages: Int? { protectedBytes == nil ? maxLength : nil }
}

extension Replay {
    /// What there is to replay of a route.
    package enum Finding: Sendable, Hashable {
        /// A store, which is sealed now.
        case store(Plan)
        /// There is no store, and nothing tells that there ever was one: nothing was relayed into it.
        case neverMade
        /// There is no store, and there was one: what it held is lost.
        case missing(TopologyError)

        /// What is to be replayed; `nil` where there is no store.
        package var plan: Plan? {
            guard case .store(let plan) = self else { return nil }
            return plan
        }
    }

    /// Seals the store and counts what is in it. The result is to be kept in the pair's record, so that a replay that is
    /// resumed takes the same messages. The epoch must have been closed before, see ``StoreBarrier``.
    ///
    /// - Parameters:
    ///   - wasSeen: whether somebody saw the store in the ended epoch.
    ///   - positions: up to where the queues of the other site had consumed, where the replay is to leave that out.
    package func plan(wasSeen: Bool = false, positions: [String: Int64] = [:]) async throws -> Finding {
        guard let store = try await site.existingQueue(names.standby) else { return try await withoutStore(wasSeen) }
        let window = positions.isEmpty ? nil : try await window(positions)
        return try await withControlConnection { connection in
            let channel = try await connection.openChannel()
            // As it is, whatever the configuration says by now.
            guard store.declaredType == .stream else {
                return .store(Plan(contents: nil, depth: try await depth(on: channel), window: window))
            }
            await site.tryStreams(beside: connection.clusterName)
            try await channel.selectConfirms()
            try await putSeal(operation, on: channel)
            let survey = try await StreamSurvey.contents(
                of: surveyed(by: connection),
                epoch: epoch,
                seal: operation,
                copied: try await copiedMessages(),
                since: window?.from,
                maximum: route.standby.replayedMessages
            )
            return .store(Plan(contents: survey, depth: nil, window: window))
        }
    }

    /// The store, to be looked through.
    func surveyed(by connection: AMQPConnection) -> SurveyedStream {
        var end: ChunkEnd?
        let site = site
        if site.mayUseStreams {
            let name = route.name
            end = ChunkEnd(
                connection: { try site.hurriedStreamConnection(name: "ropeway replay \(name)") },
                stream: names.standby
            )
        }
        return SurveyedStream(name: names.standby, connection: connection, end: end, logger: logger) {
            site.noteStreams(answer: false)
        }
    }

    /// How many messages a queue has. The new leader of a quorum queue may count for a moment what has left it.
    func depth(on channel: AMQPChannel) async throws -> Int {
        let (_, first, _) = try await channel.declareQueue(names.standby, passive: true)
        if first == 0 { return 0 }
        try await Task.sleep(for: .milliseconds(100))
        return min(first, try await channel.declareQueue(names.standby, passive: true).messages)
    }

    /// What of the store is replayed to whom; `nil`: all of it to all.
    private func window(_ positions: [String: Int64]) async throws -> PairRecord.Window? {
        try await ReplayShape.read(exchange: route.exchange, on: site)?.window(positions)
    }

    /// The policy of a store is put before the store is declared, and goes with it only where Ropeway removes both, or
    /// with the virtual host.
    private func withoutStore(_ wasSeen: Bool) async throws(TopologyError) -> Finding {
        let policy: Policy?
        do {
            policy = try await site.admin.policy(names.standby, virtualHost: site.virtualHost)
        } catch {
            throw TopologyError(error, object: names.standby, right: "the tag policymaker")
        }
        guard policy != nil || wasSeen else { return .neverMade }
        return .missing(
            TopologyError(
                .storeLost,
                "store '\(names.standby)' of route '\(route.name)' does not exist on site '\(site.name)', and it did once: "
                    + "what it held can't be replayed",
                hint: "look for who deleted it, and for these messages in the queues and the capture of the other site",
                object: names.standby
            )
        )
    }

    /// Puts a mark behind everything in the stream.
    func putSeal(_ id: String, on channel: AMQPChannel) async throws {
        let result = try await channel.publish(
            ByteBuffer(),
            properties: BasicProperties(headers: [EnvelopeHeaders.seal: .string(id)], deliveryMode: 2),
            // The exchange of the ended epoch is closed. The seal has no header by which the default exchange would send
            // copies elsewhere.
            exchange: "",
            routingKey: names.standby,
            mandatory: true
        )
        guard result == .confirmed else {
            throw AMQPError(.closedByBroker, reason: "the standby store '\(names.standby)' did not take the seal")
        }
    }
}
