import Testing

@testable import Relay

@Suite("The times of a stream's messages")
struct ChunkTimesTests {
    private static func times(_ chunks: [(offset: Int64, time: Int64)]) -> ChunkTimes {
        var times = ChunkTimes()
        for chunk in chunks { times.note(offset: chunk.offset, time: chunk.time) }
        return times
    }

    @Test("are those of the chunks that hold them")
    func held() {
        let times = Self.times([(10, 1_000), (20, 2_000), (35, 3_000)])
        #expect(times.time(at: 9) == nil)
        #expect(times.time(at: 10) == 1_000)
        #expect(times.time(at: 19) == 1_000)
        #expect(times.time(at: 20) == 2_000)
        #expect(times.time(at: 34) == 2_000)
        #expect(times.time(at: .max) == 3_000)
        #expect(ChunkTimes().time(at: 0) == nil)
    }

    @Test("are never later than the truth where chunks came close together")
    func close() {
        let times = Self.times((0..<1_000).map { (Int64($0), 5_000 + Int64($0)) })
        for offset in Int64(0)..<1_000 {
            let time = times.time(at: offset) ?? .max
            #expect(time <= 5_000 + offset)
            #expect(time > 5_000 + offset - ChunkTimes.resolution)
        }
    }

    @Test("do not go back with a clock that was set back")
    func setBack() {
        let times = Self.times([(0, 10_000), (5, 2_000), (9, 11_000)])
        #expect(times.time(at: 6) == 10_000)
        #expect(times.time(at: 9) == 11_000)
    }
}
