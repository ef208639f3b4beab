import SeededRandomness
import Testing

@testable import Pump

@Suite("Records of a stream in its copy")
struct RecordMatchingTests {
    private static func places(_ source: [Int], _ wanted: Int, _ copy: [Int]) -> [Int?] {
        let matching = RecordMatching(source: source, wanted: wanted, copy: copy)
        return [matching.first, matching.last]
    }

    @Test("Given records that are told apart, when one is looked for, then it has one place, whatever is between them")
    func different() {
        #expect(Self.places([1, 2, 3, 4], 2, [9, 1, 2, 8, 3, 4, 7]) == [4, 4])
        #expect(Self.places([1], 0, [1]) == [0, 0])
    }

    @Test("Given records that look alike, then their number tells them apart, unless others look like them too")
    func alike() {
        #expect(Self.places([5, 5, 5, 5], 2, [5, 5, 5, 5]) == [2, 2])
        #expect(Self.places([5, 5, 5, 5], 2, [5, 5, 5, 5, 5]) == [2, 3])
    }

    @Test("Given a copy that lacks some of them, then nothing is said")
    func lacking() {
        #expect(Self.places([1, 2, 3], 1, [2, 3]) == [nil, 0])
        #expect(Self.places([1, 2, 3], 1, [1, 2]) == [1, nil])
        #expect(Self.places([1], 0, []) == [nil, nil])
    }

    @Test("Given a source among any other records, then the record is within the bounds")
    func bounds() {
        var random = SeededGenerator(seed: 11)
        for _ in 0..<2000 {
            let source = (0..<Int.random(in: 1...12, using: &random)).map { _ in Int.random(in: 0...3, using: &random) }
            var copy: [Int] = []
            var places: [Int] = []
            for record in source {
                while Int.random(in: 0...3, using: &random) == 0 { copy.append(Int.random(in: 0...3, using: &random)) }
                places.append(copy.count)
                copy.append(record)
            }
            while Int.random(in: 0...2, using: &random) == 0 { copy.append(Int.random(in: 0...3, using: &random)) }
            let wanted = Int.random(in: 0..<source.count, using: &random)
            let matching = RecordMatching(source: source, wanted: wanted, copy: copy)
            #expect((matching.first ?? .max) <= places[wanted] && (matching.last ?? .min) >= places[wanted])
        }
    }
}

@Suite("Places of a copy")
struct CopyPlacesTests {
    @Test("Given the last place before an offset, then nothing from the offset on lies before it")
    func last() {
        let places = [CopyPlace(source: 10, destination: 12), CopyPlace(source: 50, destination: 55)]
        #expect(CopyPlaces.last(of: places, before: 9) == .beginning)
        #expect(CopyPlaces.last(of: places, before: 10) == places[0])
        #expect(CopyPlaces.last(of: places, before: 49) == places[0])
        #expect(CopyPlaces.last(of: places, before: 1000) == places[1])
    }

    @Test("Given many places in turn, then one is kept that lies at most twice as far back as is asked for")
    func spread() {
        var kept: [Int: UInt64] = [:]
        let first = CopyPlaces.number(at: 1_800_000_000_000)
        let end = first + 10_000
        for number in first...end { kept[CopyPlaces.slot(of: number)] = number }
        for back in [1, 10, 100, 1000, 4000] as [UInt64] {
            let last = kept.values.filter { $0 <= end - back }.max() ?? 0
            #expect(end - last <= 2 * back + 2, "\(back): \(last)")
        }
    }
}
