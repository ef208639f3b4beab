import AMQP
import Foundation
import Logging
import NIOCore
import Pump
import Relay
import RopewayConfiguration
import Waiting

/// Replaying a stream, which keeps what is replayed: how far it got is in the cursor.
extension Replay {
    /// For how long it looks behind the seal before it gives up on finding nothing.
    private static let patience = Duration.seconds(20)
    /// How long it waits between two looks.
    private static let pause = Duration.milliseconds(200)

    func replayStream(_ contents: StreamContents, _ work: Work) async throws {
        await site.tryStreams(beside: work.connection.clusterName)
        let seal = Seal(id: operation, offset: contents.sealOffset)
        if (state.withLock { $0.position } ?? -1) < seal.offset {
            // What came late is looked for afterwards, when there is more of it.
            _ = try await lookBehind(seal.offset, expecting: seal, work.connection)
            try await advance(to: seal, work)
        }
        let deadline = ContinuousClock.now + Self.patience
        repeat {
            let last = state.withLock { $0.position } ?? seal.offset
            guard let late = try await lookBehind(last + 1, expecting: nil, work.connection) else { return }
            logger.warning(
                "messages of the ended epoch have arrived behind the seal and are replayed as well",
                metadata: ["route": "\(route.name)", "messages": "\(late.messages)"]
            )
            state.withLock { $0.late += late.messages }
            try await advance(to: late.seal, work)
            try await Task.sleep(for: Self.pause)
        } while ContinuousClock.now < deadline
        throw TopologyError(
            .refused,
            "messages of epoch \(epoch) still arrive in store '\(names.standby)' behind its seal",
            hint: "close the epoch, and look at who publishes into the store",
            object: names.standby
        )
    }

    /// Replays up to a seal, and stands behind it then.
    private func advance(to seal: Seal, _ work: Work) async throws {
        try await throughStages(work) { leg in try await advance(to: seal, leg, work) }
        state.withLock { $0.position = seal.offset }
        try await writeCursor(work)
    }

    private func advance(to seal: Seal, _ leg: Leg, _ work: Work) async throws {
        let pump = try makePump(leg, seal: seal.id, work)
        await begin(pump, seal: seal)
        do {
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { try await self.watchForRefusal(of: pump, leg, work) }
                group.addTask { try await self.keepCursor(leg, work) }
                group.addTask { _ = await pump.run() }
                try await group.next()
                group.cancelAll()
            }
            try Task.checkCancellation()
        } catch let change as StageChange {
            // How far it got since the last look is not to be believed.
            throw change
        } catch {
            await leaveCursor(leg, work)
            throw error
        }
    }

    /// Looks at what a stream holds from an offset on: messages of the epoch that came behind the seal.
    ///
    /// The epoch is closed at the broker, so that nothing more is routed there. But a node of a cluster may have routed a
    /// message just before, and deliver it late: after an election, for a quorum of the store's members, or behind a slow
    /// link between nodes. And what a relay had sent over the stream protocol is still taken, though it counts for nothing
    /// there: its capture keeps that as well.
    ///
    /// - Parameter expecting: the seal that must stand at the offset.
    /// - Returns: what came late, and the mark behind it; `nil` where nothing did.
    /// - Throws: ``TopologyError`` with the code storeLost where the expected seal is not there.
    private func lookBehind(
        _ offset: Int64,
        expecting seal: Seal?,
        _ connection: AMQPConnection
    ) async throws -> (messages: Int, seal: Seal)? {
        let mark = "\(operation)/\(UUID().uuidString.lowercased())"
        let channel = try await connection.openChannel()
        try await channel.selectConfirms()
        try await putSeal(mark, on: channel)
        try await channel.close()
        let found = try await StreamSurvey.tail(
            of: surveyed(by: connection),
            epoch: epoch,
            seal: mark,
            copied: state.withLock { $0.copied },
            from: offset,
            expecting: seal
        )
        guard let found, seal == nil || found.hasExpected else {
            throw TopologyError(
                .storeLost,
                "store '\(names.standby)' on site '\(site.name)' is not the one that was sealed: its mark at offset "
                    + "\(seal?.offset ?? offset - 1) is gone, so the stream was cut, or deleted and declared again; what is left "
                    + "of it can't be told from what was replayed",
                hint:
                    "look for who deleted or cut it, and for its messages in the queues and the capture of the other site",
                object: names.standby
            )
        }
        return found.messages > 0 ? (found.messages, Seal(id: mark, offset: found.sealOffset)) : nil
    }
}
