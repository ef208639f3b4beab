import RabbitStream

/// A place of a copy: all of the source from an offset on lies at an offset of the destination, or behind it.
struct CopyPlace: Sendable, Hashable {
    var source: UInt64
    var destination: UInt64

    /// True of every copy.
    static let beginning = CopyPlace(source: 0, destination: 0)
}

/// Places that a copy notes in its destination, as stored offsets (``OffsetMark``), so that consumers find theirs there
/// once the source is lost.
///
/// They are spread over the copy's whole past, the closer together the newer they are.
enum CopyPlaces {
    /// From one place that is noted to the next.
    static let interval = Duration.seconds(10)
    /// So many that the place in the last of them is renewed every ten years or so.
    private static let slots = 26

    /// The number of the place that is noted at a time, in milliseconds since 1970: whoever goes on with the copy goes on
    /// with the numbers.
    static func number(at time: Int64) -> UInt64 { UInt64(max(1, time / 10_000)) }

    static func source(_ reference: String, _ slot: Int) -> String { "\(reference).at.\(slot)" }
    static func destination(_ reference: String, _ slot: Int) -> String { "\(reference).to.\(slot)" }

    /// Where the place of this number is kept; numbers count from 1. A slot is taken half as often as the one before it.
    static func slot(of number: UInt64) -> Int { min(slots - 1, number.trailingZeroBitCount) }

    /// The place that lies the furthest behind, of those that nothing from an offset on lies before.
    static func last(of places: [CopyPlace], before offset: UInt64) -> CopyPlace {
        places.filter { $0.source <= offset }.max { $0.destination < $1.destination } ?? .beginning
    }

    /// Notes a place. The source's offset goes first: with the older offset of the destination it is true as well.
    static func note(
        _ place: CopyPlace,
        _ number: UInt64,
        _ reference: String,
        in stream: String,
        on connection: StreamConnection
    ) throws(StreamError) {
        let slot = slot(of: number)
        try connection.storeOffset(
            OffsetMark.mark(place.source),
            reference: source(reference, slot),
            stream: stream
        )
        try connection.storeOffset(
            OffsetMark.mark(place.destination),
            reference: destination(reference, slot),
            stream: stream
        )
        connection.flush()
    }

    /// Reads all places that are noted under a reference.
    static func read(
        _ reference: String,
        in stream: String,
        on connection: StreamConnection
    ) async throws(StreamError) -> [CopyPlace] {
        var places: [CopyPlace] = []
        for slot in 0..<slots {
            // The other way round than they are written.
            let to = try await connection.queryOffset(reference: destination(reference, slot), stream: stream)
            guard let to = to.flatMap(OffsetMark.offset) else { continue }
            let at = try await connection.queryOffset(reference: source(reference, slot), stream: stream)
            guard let at = at.flatMap(OffsetMark.offset) else { continue }
            places.append(CopyPlace(source: at, destination: to))
        }
        return places
    }
}
