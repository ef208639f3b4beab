import AMQP
import Management
import Pump
import RabbitStream
import RopewayConfiguration

/// Where the streams of stores begin and end.
extension StoreWatch {
    /// How often it is looked at where a stream begins and ends; of many streams, one a round.
    private static let startInterval = Duration.seconds(10)

    /// Whether the next look at a store is to read where its stream ends.
    func needsEnd(_ name: String, _ generation: Int) -> Bool {
        watched[name].map { $0.provisioner.standby.type == .stream && $0.endKnownOn != generation } ?? false
    }

    /// Looks where the stream begins for which that was asked least recently.
    func lookAtStart(_ connection: AMQPConnection) async {
        let streams = watched.filter { $0.value.provisioner.standby.type == .stream && $0.value.evidence.isComplete }
        let now = ContinuousClock.now
        let next = streams.min {
            ($0.value.startLookedAt ?? now - .seconds(3600)) < ($1.value.startLookedAt ?? now - .seconds(3600))
        }
        guard let (name, one) = next, one.startLookedAt.map({ now - $0 >= Self.startInterval }) ?? true else {
            return
        }
        watched[name]?.startLookedAt = now
        // One that was deleted and declared again with all its arguments is known by where it ends.
        watched[name]?.endKnownOn = nil
        let store = one.provisioner.names.standby
        let start: StreamStart?
        if let probe = one.probe {
            start = (try? await StreamStart.look(with: probe)) ?? nil
        } else {
            start = (try? await StreamStart.look(at: store, on: connection)) ?? nil
        }
        // Not where it is awaited: an optional chain holds on to the dictionary while its value is made.
        watched[name]?.evidence.start = start
    }

    /// The newest offset of a stream; `nil` where it is not known.
    func lookForEnd(
        _ name: String,
        _ provisioner: StoreProvisioner,
        _ store: QueueDetails,
        _ connection: AMQPConnection,
        _ generation: Int,
        atLeast expected: Int64
    ) async throws(TopologyError) -> Int64? {
        let stream = provisioner.names.standby
        let found: Int64
        if let probe = watched[name]?.probe {
            found = try await StreamEnd.look(with: probe, at: site, of: stream)
        } else {
            switch await endByChunk(of: stream, connection, generation) {
            // Of several members the one that was read may be behind what the others have confirmed.
            case .at(let end) where end >= expected || store.members.count == 1: found = end
            case .at, .impossible:
                found = try await StreamEnd.look(at: stream, on: connection, atLeast: expected)
            case .later: return nil
            }
        }
        // A stream that is slow to deliver looks like an empty one.
        guard found >= 0 || store.totals.messages == 0 else { return nil }
        if watched[name]?.endLookedForOn != generation { watched[name]?.inexactLooks = 0 }
        watched[name]?.endLookedForOn = generation
        watched[name]?.endKnownOn = generation
        return found
    }

    /// What a look over the stream protocol came to.
    private enum ChunkLook {
        /// The newest offset, or -1 where no chunk came.
        case at(Int64)
        /// The protocol does not serve.
        case impossible
        /// It served before: on a broker that has just come back its listener and the stream's leader come last.
        case later
    }

    /// Asks for the newest chunk alone. Over AMQP a stream that others publish to delivers one message after the other and is
    /// never quiet: what comes meanwhile makes up for what is missing.
    private func endByChunk(
        of stream: String,
        _ connection: AMQPConnection,
        _ generation: Int
    ) async -> ChunkLook {
        // Whoever answers now need not be who answered on the connection before.
        if edges.generation != generation {
            let last = edges.reader
            edges = StreamEdges(generation: generation, hasServed: edges.hasServed)
            await last?.close()
        }
        let now = ContinuousClock.now
        guard site.mayUseStreams || edges.isExpected(at: now), edges.mayBeTried(at: now) else { return .impossible }
        let reader = edges.reader ?? task.edgeReader(of: connection.clusterName)
        edges.reader = reader
        do {
            let end = try await StreamEndProbe(of: stream, with: reader).look()
            edges.hasServed = true
            guard case .at(let next) = end else { return .at(-1) }
            return .at(Int64(clamping: next) - 1)
        } catch {
            if edges.isExpected(at: now) { return .later }
            if (error as? StreamError)?.code != .refused { edges.failed = now }
            return .impossible
        }
    }
}

/// How a watch looks at streams beside its AMQP connection.
struct StreamEdges {
    /// For how long the stream protocol is left alone after it has failed.
    private static let rest = Duration.seconds(60)
    /// For how long it may take to come back with a broker.
    private static let patience = Duration.seconds(15)

    /// The AMQP connection beside which it looks.
    var generation: Int
    let since = ContinuousClock.now
    var reader: StreamEdgeReader?
    /// Whether it ever served.
    var hasServed: Bool
    /// When it failed last.
    var failed: ContinuousClock.Instant?

    init(generation: Int = 0, hasServed: Bool = false) {
        self.generation = generation
        self.hasServed = hasServed
    }

    func isExpected(at time: ContinuousClock.Instant) -> Bool { hasServed && time - since < Self.patience }

    func mayBeTried(at time: ContinuousClock.Instant) -> Bool { failed.map { time - $0 >= Self.rest } ?? true }
}
