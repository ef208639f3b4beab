import NIOCore
import Relay
import RopewayConfiguration

/// The messages of a store that were copied into it as they were captured: how they are known among others, and the
/// envelope that they did not get.
///
/// What they carry of an envelope is of an earlier life: a replay published them to the exchange, and it was captured.
package struct CopiedMessages: Sendable {
    private let times: ChunkTimes
    private let envelope: DerivedEnvelope
    /// The name of the store, with which those of its exchanges begin.
    private let store: [UInt8]

    package init(store: String, times: ChunkTimes, envelope: DerivedEnvelope) {
        self.store = Array(store.utf8)
        self.times = times
        self.envelope = envelope
    }

    /// Whether a message is one of them, by the exchange that it was published to: those of applications. Relays publish to
    /// exchanges of the store, and what is put into a stream by its own name is Ropeway's.
    func contain(_ exchange: UnsafeRawBufferPointer) -> Bool { !exchange.isEmpty && !exchange.starts(with: store) }

    /// When a message was stored: milliseconds since 1970; `nil` where that is not known.
    func time(at offset: Int64) -> Int64? { times.time(at: offset) }

    /// Appends the envelope of a message.
    func writeEnvelope(offset: Int64, time: Int64, to buffer: inout ByteBuffer) {
        envelope.write(offset: offset, time: time, to: &buffer)
    }
}

extension Replay {
    /// What of the store was copied as it was captured; `nil` where nothing was.
    func copiedMessages() async throws -> CopiedMessages? {
        let copy = StreamCopy.Kept(names: names, site: site, epoch: epoch)
        if !route.copiesStream {
            // The capture may have been a stream before in this epoch.
            guard await copy.isKnown() else { return nil }
        }
        let store = try await site.existingQueue(names.standby)
        return CopiedMessages(
            store: names.standby,
            times: try await ChunkTimes.read(names.standby, of: site),
            envelope: DerivedEnvelope(
                incarnation: store?.incarnation ?? names.standby,
                origin: origin,
                epoch: epoch
            )
        )
    }
}
