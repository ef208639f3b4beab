import AMQP
import Pump
import RabbitStream
import Relay

/// What a standby stream holds of an epoch up to a seal.
package struct StreamContents: Sendable, Hashable, Codable {
    /// Messages of the epoch.
    package var messages: Int
    /// The offset of the seal.
    package var sealOffset: Int64
    /// The offset of the first of the newest `max-length` messages, where there are more.
    package var firstOffset: Int64?
    /// When the relay saw the newest message: milliseconds since 1970. The link lived until then at least.
    package var newest: Int64?

    package init(messages: Int, sealOffset: Int64, firstOffset: Int64?, newest: Int64?) {
        self.messages = messages
        self.sealOffset = sealOffset
        self.firstOffset = firstOffset
        self.newest = newest
    }
}

/// Looks through a stream once, to count real messages: offsets have holes where segments rolled.
struct StreamSurvey {
    /// A place to come back to, each so many messages.
    private struct Mark {
        let index: Int
        let offset: Int64
    }

    private static let markEvery = 4096

    private let epoch: Int64
    private let seal: [UInt8]
    private let from: Int64
    /// Messages that the relay saw before are not counted: milliseconds since 1970.
    private let since: Int64?
    /// Stop at the message with this number, and tell its offset.
    private let target: Int?
    /// A seal that is looked for on the way, by name and offset.
    private let expected: (id: [UInt8], offset: Int64)?
    private var hasExpected = false
    /// Messages that were copied as they were captured; `nil`: none was.
    private let copied: CopiedMessages?
    /// What comes before this offset is of epochs before.
    private var floor: Int64 = 0
    /// Stop at whatever comes first, and tell its offset.
    private let stopsAtFirst: Bool
    private var count: Int
    private var marks: [Mark] = []
    private var newest: Int64?

    /// What it was for.
    enum Outcome: Sendable {
        case sealed(
            count: Int,
            offset: Int64,
            newest: Int64?,
            marks: [(index: Int, offset: Int64)],
            hasExpected: Bool,
            floor: Int64
        )
        case reached(offset: Int64)
    }

    init(
        epoch: Int,
        seal: String,
        copied: CopiedMessages? = nil,
        from: Int64 = 0,
        since: Int64? = nil,
        countFrom: Int = 0,
        target: Int? = nil,
        expected: Replay.Seal? = nil,
        stopsAtFirst: Bool = false
    ) {
        self.stopsAtFirst = stopsAtFirst
        self.epoch = Int64(epoch)
        self.seal = Array(seal.utf8)
        self.copied = copied
        self.from = from
        self.since = since
        self.target = target
        self.expected = expected.map { (Array($0.id.utf8), $0.offset) }
        count = countFrom
    }

    /// Goes through the next messages.
    ///
    /// - Returns: what the survey comes to, once that is known.
    mutating func look(at batch: DeliveryBatch) -> Outcome? {
        for index in batch.entries.indices {
            if let outcome = examine(batch, index) { return outcome }
        }
        return nil
    }

    /// What a message is.
    private struct Found {
        var stored: StoredMessage
        var isSeal: Bool
        var isExpected: Bool
        /// The epoch that ends with it.
        var ended: Int?
    }

    private mutating func examine(_ batch: DeliveryBatch, _ index: Int) -> Outcome? {
        let found = try? batch.withRawProperties(at: index) { raw throws(WireError) -> Found in
            let stored = try StoredMessage(raw, layout: try PropertyLayout(raw))
            let expected = expected?.id ?? []
            return Found(
                stored: stored,
                isSeal: stored.seal.map { raw[$0].elementsEqual(seal) } ?? false,
                isExpected: stored.seal.map { raw[$0].elementsEqual(expected) } ?? false,
                ended: stored.seal.flatMap { StoreMark.epoch(of: UnsafeRawBufferPointer(rebasing: raw[$0])) }
            )
        }
        guard let found, let offset = batch.streamOffset(at: index) ?? found.stored.offset else { return nil }
        if stopsAtFirst { return .reached(offset: offset) }
        if let copied, batch.withExchange(at: index, copied.contain) {
            // What it carries of an envelope is of an earlier life.
            return offset >= from ? count(offset, copied.time(at: offset)) : nil
        }
        if found.isSeal {
            return .sealed(
                count: count,
                offset: offset,
                newest: newest,
                marks: marks.map { ($0.index, $0.offset) },
                hasExpected: hasExpected,
                floor: floor
            )
        }
        if found.isExpected, offset == expected?.offset { hasExpected = true }
        guard offset >= from else { return nil }
        if let ended = found.ended, ended < epoch { (count, marks, newest, floor) = (0, [], nil, offset + 1) }
        guard found.stored.seal == nil, found.stored.epoch == epoch else { return nil }
        if let since, let time = found.stored.time, time < since { return nil }
        return count(offset, found.stored.time)
    }

    private mutating func count(_ offset: Int64, _ time: Int64?) -> Outcome? {
        if count == target { return .reached(offset: offset) }
        if count % Self.markEvery == 0 { marks.append(Mark(index: count, offset: offset)) }
        count += 1
        if let time { newest = max(newest ?? time, time) }
        return nil
    }
}

extension StreamSurvey {
    /// Finds out what a stream holds of an epoch up to a seal, and where its newest `maximum` messages begin.
    ///
    /// - Parameter since: messages that the relay saw before are not counted: milliseconds since 1970.
    static func contents(
        of store: SurveyedStream,
        epoch: Int,
        seal: String,
        copied: CopiedMessages? = nil,
        since: Int64? = nil,
        maximum: Int?
    ) async throws -> StreamContents {
        let first = try await store.read(from: .first) {
            StreamSurvey(epoch: epoch, seal: seal, copied: copied, since: since)
        }
        guard case .sealed(let count, let sealOffset, let newest, let marks, _, let floor) = first else {
            throw AMQPError(.protocolViolation, reason: "the stream '\(store.name)' has no seal")
        }
        var contents = StreamContents(messages: count, sealOffset: sealOffset, firstOffset: nil, newest: newest)
        if floor > 0 { contents.firstOffset = floor }
        if since != nil { contents.firstOffset = marks.first?.offset ?? sealOffset }
        guard let maximum, count > maximum else { return contents }
        let target = count - maximum
        guard target < count, let mark = marks.last(where: { $0.index <= target }) else {
            contents.firstOffset = sealOffset
            return contents
        }
        let second = try await store.read(from: .offset(UInt64(clamping: mark.offset))) {
            StreamSurvey(
                epoch: epoch,
                seal: seal,
                copied: copied,
                from: mark.offset,
                since: since,
                countFrom: mark.index,
                target: target
            )
        }
        if case .reached(let offset) = second { contents.firstOffset = offset }
        return contents
    }

    /// Finds out what a stream holds of an epoch from an offset on, up to a mark that was put at its end before.
    ///
    /// - Parameter expected: a seal that is looked for on the way.
    /// - Returns: `nil` where the stream ends before the offset: it is not the one that it was.
    static func tail(
        of store: SurveyedStream,
        epoch: Int,
        seal: String,
        copied: CopiedMessages? = nil,
        from: Int64,
        expecting expected: Replay.Seal?
    ) async throws -> (messages: Int, sealOffset: Int64, hasExpected: Bool)? {
        // Consumed from an offset that it does not have, a stream would deliver nothing at all. The mark came after what
        // stands at the offset was confirmed, and so is in a chunk behind it.
        let last = try await store.read(from: .last) {
            StreamSurvey(epoch: epoch, seal: seal, stopsAtFirst: true)
        }
        guard case .reached(let end) = last, end >= (expected == nil ? from : from + 1) else { return nil }
        let outcome = try await store.read(from: .offset(UInt64(clamping: from))) {
            StreamSurvey(epoch: epoch, seal: seal, copied: copied, from: from, expected: expected)
        }
        guard case .sealed(let count, let offset, _, _, let hasExpected, _) = outcome else {
            throw AMQPError(.protocolViolation, reason: "the stream '\(store.name)' has no seal")
        }
        return (count, offset, hasExpected)
    }
}
