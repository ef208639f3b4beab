import Logging
import Pump
import Waiting

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// A stream capture as a route has it: what copies it, and what looks where it ends.
struct CaptureStream: Sendable {
    let pump: ChunkPump
    /// Used by who watches the capture, and by nobody else: one look at a time.
    let probe: StreamEndProbe
    private let copy: StreamCopy

    init(
        _ copy: StreamCopy,
        _ capture: CaptureProvisioner,
        _ store: StoreUpkeep,
        isPaused: Bool,
        facts: Locked<RouteFacts>,
        logger: Logger
    ) {
        self.copy = copy
        pump = copy.pump(
            preparing: { connection in _ = try await capture.prepare(on: connection) },
            { connection in
                try await store.check { () async throws(TopologyError) in try await copy.checkVersions() }
                try await store.prepare(on: connection)
            },
            isPaused: isPaused,
            logger: logger,
            tell: { incident in await Self.record(incident, in: facts) }
        )
        probe = copy.probe(on: pump.eventLoop)
    }

    /// Hands over what is missing, and waits until the brokers have it in writing: once what came behind it is in the store,
    /// nothing else tells of it.
    private static func record(_ incident: ChunkCopyIncident, in facts: Locked<RouteFacts>) async {
        let number = facts.withLock { facts in
            facts.incidents.append((incident, at: Date()))
            facts.incidentCount += 1
            return facts.incidentCount
        }
        while facts.withLock({ $0.recordedIncidents }) < number {
            guard (try? await Task.sleep(for: .milliseconds(50))) != nil else { return }
        }
    }

    /// Another look, on a connection of its own; to be closed.
    func anotherProbe() -> StreamEndProbe { copy.probe(on: pump.eventLoop) }
}
