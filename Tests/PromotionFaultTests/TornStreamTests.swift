import BrokerHarness
import Foundation
import RopewayHarness
import Testing

@Suite("When DC2 loses power", .serialized, .timeLimit(.minutes(3)))
struct TornStreamTests {
    @Test(
        "the newest messages of a stream that were not on disk are a gap with a range and a number, also while others come",
        arguments: [(share: 0.9, goesOn: false), (share: 0.98, goesOn: true)]
    )
    func torn(share: Double, goesOn: Bool) async throws {
        try await FaultBench.with("ts") { bench in
            let daemon = try bench.ropeway.run()
            defer { daemon.kill() }
            try await bench.ropeway.untilRunning()
            let load = PacedPublishers(to: bench.dc1)
            try await load.publish(4000, over: .seconds(2))
            try await bench.untilCaughtUp()
            try await eventually(within: .seconds(20), "the store was looked at") {
                try await bench.ropeway.status().protection.string == "protected"
            }
            try await load.publish(1000, over: .seconds(1))
            try await bench.untilCaughtUp()
            // When DC2 stops without warning, and the end of the store's file is not there any more when it is back
            let killed = Date()
            try await bench.dc2.kill()
            let left = try bench.cutStore(to: share)
            try await bench.dc2.start()
            let flow = Task { if goesOn { try await load.publish(4800, over: .seconds(60)) } }
            defer { flow.cancel() }
            // Then the gap says how many are missing, and since when
            var gap = JSON.null
            try await eventually(within: .seconds(60), "the gap is told of") {
                let status = try await bench.ropeway.status()
                gap = status.gaps[0]
                guard gap != .null else { throw HarnessError("\(left) left; \(status)") }
                return true
            }
            #expect(gap.reason.string == "store-thinned" && gap.site.string == "dc2", "\(gap)")
            let count = try #require(gap.count.int)
            // Of what came since, a few may have been counted as what is missing.
            let least = goesOn ? 5000 - left - 20 : 5000 - left
            #expect((least...(5000 - left)).contains(count), "\(left) of 5000 messages were left")
            #expect((20...2000).contains(5000 - left))
            let from = try #require(gap.from.string.flatMap { try? Date($0, strategy: .iso8601) })
            #expect(from < killed && gap.to != .null, "\(gap)")
            flow.cancel()
            _ = await flow.result
            // And a planned promotion is refused
            let answer = try await bench.ropeway.promote("dc2")
            #expect(answer.status == 6 && answer.json.error.code.string == "gap", "\(answer)")
        }
    }
}

extension FaultBench {
    /// Cuts the file of the store on DC2, whose node is down.
    ///
    /// - Returns: how many messages are left in it.
    fileprivate func cutStore(to share: Double) throws -> Int {
        let folder = try #require(FileManager.default.enumerator(atPath: dc2.directory.path))
        let files = folder.compactMap { $0 as? String }.filter { $0.hasSuffix(".segment") && $0.contains("standby") }
        #expect(files.count == 1, "\(files)")
        let file = dc2.directory.appending(path: try #require(files.first))
        let handle = try FileHandle(forUpdating: file)
        defer { try? handle.close() }
        let size = try handle.seekToEnd()
        try handle.truncate(atOffset: UInt64(Double(size) * share))
        try handle.seek(toOffset: 0)
        return StreamSegment.records(in: try handle.readToEnd() ?? Data())
    }
}

/// A segment file of a stream, as RabbitMQ's osiris_log writes it.
private enum StreamSegment {
    private static let fileHeader = 8
    private static let chunkHeader = 48

    /// The records of all chunks that are whole: a node that finds one cut off takes what comes before.
    static func records(in file: Data) -> Int {
        func integer(_ place: Int, _ bytes: Int) -> Int {
            file[place..<(place + bytes)].reduce(0) { $0 << 8 | Int($1) }
        }
        var place = fileHeader
        var records = 0
        while place + chunkHeader <= file.count {
            let (data, trailer, filter) = (integer(place + 36, 4), integer(place + 40, 4), integer(place + 44, 1))
            let next = place + chunkHeader + filter + data + trailer
            guard next <= file.count else { break }
            // What users published; other chunks are the broker's own.
            if file[place + 1] == 0 { records += integer(place + 4, 4) }
            place = next
        }
        return records
    }
}
