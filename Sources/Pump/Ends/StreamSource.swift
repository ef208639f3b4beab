import AMQP
import DequeModule
import MessageFormat
import NIOCore
import RabbitStream
import Waiting

/// A stream that a session consumes over the stream protocol: chunks under credit, decoded piece by piece as the session has
/// room for their messages.
///
/// The tag of a message is its offset. How far all is settled is stored in the stream itself, about once a second and at the
/// end: a later session goes on there, so that after a loss what was settled since then comes again.
final class StreamSource: SessionSource, StreamReceiver {
    /// The bytes of chunks that wait to be decoded, and are on their way.
    private static let chunkBytes = 8 << 20
    /// What the session is given at a time.
    private static let batchBytes = 64 << 10
    private static let batchMessages = 512
    private static let storeInterval = TimeAmount.seconds(1)
    /// Chunks that the broker may send at first.
    static let firstCredit: UInt16 = 2
    private static let credit = 4...1024

    var session: PumpSession? {
        didSet {
            if session == nil { store() } else { deliver() }
        }
    }
    private(set) var failure: PumpError?
    private let connection: StreamConnection
    private let stream: String
    /// Under what the position is stored; `nil` where it is not.
    private let reference: String?
    private let eventLoop: any EventLoop
    private let records: RecordWalk
    private var window: CreditWindow
    private var subscription: UInt8?
    private var pool = BatchPool()
    private var isReading = true
    private var isDelivering = false
    private var hasEnded = false

    /// The offset before which all is settled.
    private var settled: UInt64?
    /// What was stored last.
    private(set) var stored: UInt64?
    private var isStoringLater = false
    /// The session is given nothing before it is known that the position can be stored: it would come again each time.
    private var isAwaitingPosition = false
    /// Told of the first chunk, where no position is stored yet.
    let first = Waiter<Bool>()
    /// Offsets that the source left out and that are to be looked into.
    var holes: [Range<UInt64>] = []
    /// Whether something was met that is no message, which is told of once.
    private var hasWarned = false
    private let warn: (String) -> Void

    init(_ connection: StreamConnection, stream: String, reference: String?, warn: @escaping (String) -> Void) {
        self.connection = connection
        self.stream = stream
        self.reference = reference
        self.warn = warn
        eventLoop = connection.eventLoop
        records = RecordWalk(stream: stream, layout: StreamLayout(brokerVersion: connection.serverVersion))
        window = CreditWindow(Self.credit, outstanding: Int(Self.firstCredit), now: connection.eventLoop.now)
    }

    /// It goes on at the offset that was stored, or begins as it is to. A subscription begins with a whole chunk, of which
    /// what lies before an offset is left out.
    func begin(at stored: UInt64?, or start: OffsetSpecification) {
        self.stored = stored
        isAwaitingPosition = stored == nil && reference != nil
        if let stored {
            records.first = stored
        } else if case .offset(let offset) = start {
            records.first = offset
        }
    }

    func measured(roundTrip: TimeAmount) { window.measured(roundTrip: roundTrip) }

    // MARK: What the broker tells

    func received(_ chunk: Chunk, subscription: UInt8) {
        guard !hasEnded else { return }
        self.subscription = subscription
        window.received(bytes: chunk.data.readableBytes, now: eventLoop.now)
        if let hole = records.append(chunk) { holes.append(hole) }
        if stored == nil, reference != nil {
            // What came after the shovel was first started is not to be left out because nothing of it was settled yet.
            settled = max(chunk.firstOffset, records.first)
            store()
            first.resume(returning: true)
        }
    }

    func readCompleted() { deliver() }

    func metadataChanged(_ change: StreamChange) { fail(.unavailable(.source, stream: stream, change.code)) }

    func creditRefused(_ code: ResponseCode, subscription: UInt8) {
        fail(.unavailable(.source, stream: stream, code))
    }

    func closed(_ error: StreamError) { fail(.lost(.source, error)) }

    private func fail(_ error: StreamEndError) {
        guard failure == nil else { return }
        failure = .stream(error)
        session?.fail(.stream(error))
    }

    // MARK: Delivering

    /// Delivers what there is for as long as the session takes it, and lets the broker send more.
    private func deliver() {
        guard !isDelivering, !isAwaitingPosition, let session else { return }
        isDelivering = true
        defer { isDelivering = false }
        // It may end over any of them.
        while isReading, !hasEnded, failure == nil, self.session != nil {
            let batch = pool.take()
            do throws(StreamEndError) {
                try records.fill(batch, messages: Self.batchMessages, bytes: Self.batchBytes)
            } catch {
                pool.give(batch)
                return fail(error)
            }
            if let what = records.takeWarning(), !hasWarned {
                hasWarned = true
                warn(what)
            }
            guard !batch.isEmpty else {
                pool.give(batch)
                break
            }
            session.received(batch)
        }
        grant()
    }

    private func grant() {
        guard let subscription, session != nil, !hasEnded, failure == nil else { return }
        let credit = window.grant(room: Self.chunkBytes - records.waitingBytes)
        guard credit > 0 else { return }
        connection.credit(UInt16(clamping: credit), subscription: subscription)
        connection.flush()
    }

    func setReading(_ reading: Bool) {
        guard reading != isReading else { return }
        isReading = reading
        // The session is at work: it publishes what it has before it gets more.
        if reading { eventLoop.assumeIsolated().execute { self.deliver() } }
    }

    func recycle(_ batch: DeliveryBatch) { pool.give(batch) }

    /// What was not delivered to this session comes again in a later one.
    func endDeliveries() -> EventLoopFuture<Void> {
        hasEnded = true
        return eventLoop.makeSucceededVoidFuture()
    }

    // MARK: The position

    func settle(upTo tag: UInt64) { settled = tag + 1 }

    /// What is settled behind something that is not comes again: a position tells of all before it.
    func settle(_ tag: UInt64) {}

    func flush() {
        guard reference != nil, settled != stored, !isStoringLater else { return }
        isStoringLater = true
        eventLoop.assumeIsolated().scheduleTask(in: Self.storeInterval) {
            self.isStoringLater = false
            self.store()
        }
    }

    /// The position was read back as it was stored.
    func positionIsStored() {
        isAwaitingPosition = false
        deliver()
    }

    private func store() {
        guard let reference, let settled, settled != stored, failure == nil else { return }
        // The reference was checked when it was asked for.
        try? connection.storeOffset(OffsetMark.mark(settled), reference: reference, stream: stream)
        connection.flush()
        stored = settled
    }
}
