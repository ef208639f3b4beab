import NIOCore
import RabbitStream
import Synchronization

/// What a connection received, for the test's task to look at.
final class Seen: Sendable {
    struct State: Sendable {
        var texts: [String] = []
        var chunks: [Chunk] = []
        var confirmed: [UInt64] = []
        var refused: [PublishRefusal] = []
        var creditRefusals: [ResponseCode] = []
        var changes: [StreamChange] = []
        var isActive: [Bool] = []
        var damage: [String] = []
        var closed: StreamError?
        /// Whether each chunk gives its credit back.
        var creditBack = false
    }

    private let state = Mutex(State())

    var value: State { state.withLock { $0 } }

    func change(_ body: (inout sending State) -> Void) { state.withLock { body(&$0) } }
}

/// Notes what comes.
final class CollectingReceiver: StreamReceiver {
    private let seen: Seen
    private let connection: StreamConnection

    init(_ seen: Seen, _ connection: StreamConnection) {
        self.seen = seen
        self.connection = connection
    }

    func received(_ chunk: Chunk, subscription: UInt8) {
        var texts: [String] = []
        var damage: [String] = []
        do {
            var entries = chunk.entries
            while let entry = try entries.next() {
                switch entry {
                case .message(let message): texts.append(message.bodyText)
                case .subBatch(let batch):
                    var messages = try batch.messages()
                    while let message = try messages.next() { texts.append(message.bodyText) }
                }
            }
        } catch {
            damage.append("\(error)")
        }
        let (found, wrong) = (texts, damage)
        seen.change {
            $0.texts += found
            $0.damage += wrong
            $0.chunks.append(chunk)
        }
        if seen.value.creditBack { connection.credit(1, subscription: subscription) }
    }

    func confirmed(_ ids: PublishingIDs, publisher: UInt8) {
        let ids = Array(ids)
        seen.change { $0.confirmed += ids }
    }

    func refused(_ refusals: [PublishRefusal], publisher: UInt8) { seen.change { $0.refused += refusals } }

    func creditRefused(_ code: ResponseCode, subscription: UInt8) { seen.change { $0.creditRefusals.append(code) } }

    func metadataChanged(_ change: StreamChange) { seen.change { $0.changes.append(change) } }

    func consumerUpdated(isActive: Bool, subscription: UInt8) -> OffsetSpecification? {
        seen.change { $0.isActive.append(isActive) }
        return isActive ? .first : nil
    }

    func closed(_ error: StreamError) { seen.change { $0.closed = error } }
}

extension ByteBuffer {
    /// A message of AMQP 1.0 with this text as its one data section.
    static func message(_ text: String) -> ByteBuffer {
        var buffer = ByteBuffer()
        buffer.writeBytes([0x00, 0x53, 0x75, 0xB0])
        buffer.writeInteger(UInt32(text.utf8.count))
        buffer.writeString(text)
        return buffer
    }

    /// The text of a message as ``message(_:)`` makes it.
    var bodyText: String { getString(at: readerIndex + 8, length: max(0, readableBytes - 8)) ?? "" }
}
