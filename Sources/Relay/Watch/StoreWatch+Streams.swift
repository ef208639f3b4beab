import AMQP
import Management
import Pump
import RabbitStream
import RopewayConfiguration

/// Where the streams of stores begin and end.
extension StoreWatch {
    /// How often it is looked at where a stream begins and ends; of many streams, one a round.
    private static let startInterval = Duration.seconds(10)
    /// For how long the stream protocol is left alone after it has failed.
    private static let streamRest = Duration.seconds(60)

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
        } else if let end = await endByChunk(of: stream, connection, generation), end >= expected {
            found = end
        } else {
            found = try await StreamEnd.look(at: stream, on: connection, atLeast: expected)
        }
        // A stream that is slow to deliver looks like an empty one.
        guard found >= 0 || store.totals.messages == 0 else { return nil }
        if watched[name]?.endLookedForOn != generation { watched[name]?.inexactLooks = 0 }
        watched[name]?.endLookedForOn = generation
        watched[name]?.endKnownOn = generation
        return found
    }

    /// The newest offset, by the newest chunk alone, or -1 where none came; `nil` where the stream protocol does not serve.
    /// Over AMQP a stream that others publish to delivers one message after the other, and is never quiet.
    private func endByChunk(of stream: String, _ connection: AMQPConnection, _ generation: Int) async -> Int64? {
        guard site.mayUseStreams,
            streamsFailed.map({ ContinuousClock.now - $0 >= Self.streamRest }) ?? true
        else { return nil }
        // Whoever answers now need not be who answered on the connection before.
        if let edges, edges.generation != generation {
            self.edges = nil
            await edges.reader.close()
        }
        let reader = edges?.reader ?? task.edgeReader(of: connection.clusterName)
        if edges == nil { edges = (generation, reader) }
        do {
            guard case .at(let end) = try await StreamEndProbe(of: stream, with: reader).look() else { return -1 }
            return Int64(clamping: end) - 1
        } catch {
            if (error as? StreamError)?.code != .refused { streamsFailed = .now }
            return nil
        }
    }
}
