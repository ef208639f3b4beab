import NIOCore
import NIOPosix
import RabbitStream

/// Finds out where in a copy of a stream an offset of its source is.
///
/// Offsets differ, since brokers take some for themselves, retention removes some, and others may publish to the copy. What
/// is always known is a place that nothing from the offset on lies before: the copy notes such places. Where the source
/// answers, its records are looked for in the copy from there on.
package struct OffsetLookup: Sendable {
    /// What was found.
    package struct Answer: Sendable, Hashable {
        /// The offset in the copy: nothing of the source from the offset on that was asked for lies before it.
        package var offset: UInt64
        /// Why the message there may not be the one that was asked for; `nil` where it is.
        package var doubt: Doubt?
    }

    package enum Doubt: Sendable, Hashable {
        /// It was not copied yet.
        case notCopied
        /// The source does not answer.
        case sourceLost(String)
        /// There are more messages to look through than this.
        case tooMany(Int)
        /// Messages that look alike may be it as well, up to this offset.
        case alike(upTo: UInt64)
        /// The source or the copy does not have all of what is to be compared.
        case removed
    }

    package enum Failure: Error, Sendable {
        /// The copy can't be asked.
        case destination(StreamError)
        /// Nothing was copied under this reference.
        case nothingCopied(reference: String)
        /// What is copied there now is not the stream that has the source's name now.
        case otherSource
        /// The copy has had more than one source, and the source does not answer.
        case severalSources(String)
    }

    /// Records that are looked through at each end.
    static let most = 5_000_000

    /// A copy that begins there has lost nothing of its source: the note that it begins with (``CopyNotes``) takes an
    /// offset, and retention removes at least one message together with it.
    private static let firstOfAll: UInt64 = 1

    private let source: ChunkEnd
    private let destination: ChunkEnd
    private let references: ChunkReferences
    private let eventLoop: any EventLoop

    /// - Parameter reference: what the copy is known by (``ChunkPump``).
    package init(
        source: ChunkEnd,
        destination: ChunkEnd,
        reference: String,
        eventLoop: any EventLoop = NIOSingletons.posixEventLoopGroup.next()
    ) {
        self.source = source
        self.destination = destination
        references = ChunkReferences(reference)
        self.eventLoop = eventLoop
    }

    /// How far the copy has got, and what is known of it at its destination alone.
    private struct Known {
        var generation: Int
        /// All before this offset of the source is copied.
        var copied: UInt64
        /// What is copied later lies here, or behind.
        var end: UInt64
        var places: [CopyPlace]
    }

    package func find(_ offset: UInt64) async throws(Failure) -> Answer {
        let known: Known
        do throws(StreamError) {
            known = try await look()
        } catch {
            throw .destination(error)
        }
        guard known.copied > 0 else { throw .nothingCopied(reference: references[0]) }
        let (isSame, lost) = await isSource(references[known.generation])
        if !isSame { throw .otherSource }
        if let lost, known.generation > 0 { throw .severalSources(lost) }
        guard offset < known.copied else { return Answer(offset: known.end, doubt: .notCopied) }
        let place = CopyPlaces.last(of: known.places, before: offset)
        if let lost { return Answer(offset: place.destination, doubt: .sourceLost(lost)) }
        return try await compare(offset, known, from: place)
    }

    private func look() async throws(StreamError) -> Known {
        let connection = try await connect(destination)
        do throws(StreamError) {
            var (generation, unused) = (0, 0)
            for candidate in 0..<ChunkReferences.most where unused < 2 {
                let sequence = try await sequence(candidate, connection)
                unused = sequence > 0 ? 0 : unused + 1
                if sequence > 0 { generation = candidate }
            }
            // What is published after the sequence was asked for lies behind where the stream ended before that.
            let end = try await end()
            let known = Known(
                generation: generation,
                copied: try await sequence(generation, connection),
                end: end,
                places: try await CopyPlaces.read(references[generation], in: destination.stream, on: connection)
            )
            await connection.close()
            return known
        } catch {
            await connection.close()
            throw error
        }
    }

    private func sequence(_ generation: Int, _ connection: StreamConnection) async throws(StreamError) -> UInt64 {
        let stream = destination.stream
        let sequence = try await connection.queryPublisherSequence(reference: references[generation], stream: stream)
        return ReferenceSeal.copied(sequence)
    }

    private func firstOffset(of end: ChunkEnd) async throws -> UInt64? {
        try await StreamEndProbe.firstOffset(of: end.stream, on: eventLoop, connection: end.connection)
    }

    private func connect(_ end: ChunkEnd) async throws(StreamError) -> StreamConnection {
        try await end.connect(on: eventLoop) { _ in SilentReceiver() }
    }

    /// Where the copy ends; 0 where it is not known.
    private func end() async throws(StreamError) -> UInt64 {
        let probe = StreamEndProbe(of: destination.stream, on: eventLoop, connection: destination.connection)
        let found = try? await probe.look()
        await probe.close()
        if case .at(let end) = found { return end }
        return 0
    }

    /// Whether the source is the stream that was copied, as far as it answers, and else why it does not.
    private func isSource(_ reference: String) async -> (isSame: Bool, lost: String?) {
        do throws(StreamError) {
            let connection = try await connect(source)
            do throws(StreamError) {
                let note = try await connection.queryOffset(
                    reference: CopyNotes.source(reference),
                    stream: source.stream
                )
                await connection.close()
                return (note != nil, nil)
            } catch {
                await connection.close()
                throw error
            }
        } catch {
            return (error.responseCode != .streamDoesNotExist, error.summary)
        }
    }

    private func compare(_ offset: UInt64, _ known: Known, from place: CopyPlace) async throws(Failure) -> Answer {
        let ours: StreamRecords
        do throws(StreamError) {
            ours = try await .read(source, place.source..<known.copied, most: Self.most, on: eventLoop)
        } catch {
            return Answer(offset: place.destination, doubt: .sourceLost(error.summary))
        }
        let theirs: StreamRecords
        do throws(StreamError) {
            // All that was copied when the sequence was asked for lies before where the copy ends now.
            let end = try await end()
            let part = place.destination..<max(end, known.end)
            theirs = try await .read(destination, part, most: Self.most, on: eventLoop)
        } catch {
            throw .destination(error)
        }
        if max(ours.offsets.count, theirs.offsets.count) > Self.most {
            return Answer(offset: place.destination, doubt: .tooMany(Self.most))
        }
        // Asked for after all was read: retention may have removed something meanwhile. What it has removed at the source
        // may be in the copy all the same; what it has removed of the copy can't be told from what others published there.
        let left: (ours: UInt64?, theirs: UInt64?)
        do {
            left = (try await firstOffset(of: source), try await firstOffset(of: destination))
        } catch {
            return Answer(offset: place.destination, doubt: .removed)
        }
        guard let begin = left.theirs, begin <= max(place.destination, Self.firstOfAll) else {
            return Answer(offset: max(place.destination, left.theirs ?? 0), doubt: .removed)
        }
        guard ours.isComplete, theirs.isComplete, let ourBegin = left.ours, ourBegin <= offset,
            let wanted = ours.offsets.firstIndex(where: { $0 >= offset })
        else { return Answer(offset: place.destination, doubt: .removed) }
        let matching = RecordMatching(source: ours.digests, wanted: wanted, copy: theirs.digests)
        guard let first = matching.first, let last = matching.last else {
            return Answer(offset: place.destination, doubt: .removed)
        }
        return Answer(
            offset: theirs.offsets[first],
            doubt: first == last ? nil : .alike(upTo: theirs.offsets[last])
        )
    }
}

/// Of a connection that only asks.
private final class SilentReceiver: StreamReceiver {}
