import BrokerHarness
import Foundation
import RopewayHarness
import Testing

@Suite("When DC2 loses power", .serialized, .timeLimit(.minutes(3)))
struct TornStreamTests {
    @Test("the newest messages of a stream that were not on disk are a gap with a range and a number")
    func torn() async throws {
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
            try await bench.dc2.kill()
            let before = try bench.cutStore(to: 0.9)
            try await bench.dc2.start()
            // Then the gap says how many are missing, and since when
            var gap = JSON.null
            try await eventually(within: .seconds(60), "the gap is told of") {
                gap = try await bench.ropeway.status().gaps[0]
                return gap != .null
            }
            #expect(gap.reason.string == "store-thinned" && gap.site.string == "dc2", "\(gap)")
            let count = try #require(gap.count.int)
            #expect((400...600).contains(count), "\(count) of 5000 messages, of a file of \(before) bytes")
            #expect(gap.from != .null && gap.to != .null, "\(gap)")
            // And a planned promotion is refused
            let answer = try await bench.ropeway.promote("dc2")
            #expect(answer.status == 6 && answer.json.error.code.string == "gap", "\(answer)")
        }
    }
}

extension FaultBench {
    /// Cuts the file of the store on DC2, whose node is down.
    ///
    /// - Returns: its size before.
    fileprivate func cutStore(to share: Double) throws -> Int {
        let folder = try #require(FileManager.default.enumerator(atPath: dc2.directory.path))
        let files = folder.compactMap { $0 as? String }.filter { $0.hasSuffix(".segment") && $0.contains("standby") }
        let file = dc2.directory.appending(path: try #require(files.first))
        let handle = try FileHandle(forUpdating: file)
        defer { try? handle.close() }
        let size = try handle.seekToEnd()
        try handle.truncate(atOffset: UInt64(Double(size) * share))
        return Int(size)
    }
}
