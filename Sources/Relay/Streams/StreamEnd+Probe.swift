import NIOCore
import NIOPosix
import Pump

extension WatchTask {
    /// Looks at a store over the stream protocol.
    func probe(ofStore route: String) -> StreamEndProbe {
        let (site, pair) = (site, pair)
        let names = ObjectNames(pair: pair, route: route)
        return StreamEndProbe(of: names.standby, on: NIOSingletons.posixEventLoopGroup.next()) {
            try site.streamConnection(name: "ropeway \(pair) watch of stores")
        }
    }
}

extension StreamEnd {
    /// The offset of the newest message, or -1 where none came.
    static func look(
        with probe: StreamEndProbe,
        at site: Site,
        of stream: String
    ) async throws(TopologyError) -> Int64 {
        do {
            guard case .at(let end) = try await probe.look() else { return -1 }
            return Int64(clamping: end) - 1
        } catch {
            throw TopologyError(error, onStreamsOf: site, object: stream)
        }
    }
}

extension StreamStart {
    /// Where a stream begins, and when that was written; `nil` where nothing came. It does not tell its epoch.
    static func look(with probe: StreamEndProbe) async throws -> StreamStart? {
        let looked = ContinuousClock.now
        return try await probe.beginning().map { edge in
            StreamStart(offset: Int64(clamping: edge.first), time: edge.time, epoch: nil, looked: looked)
        }
    }
}
