import AMQP
import NIOCore
import NIOPosix
import Pump
import RabbitStream

extension WatchTask {
    /// Looks at a store that a stream is copied into, whose chunks are large: AMQP tells one message after the other.
    func probe(ofStore route: String) -> StreamEndProbe {
        let (site, pair) = (site, pair)
        let names = ObjectNames(pair: pair, route: route)
        return StreamEndProbe(of: names.standby, on: NIOSingletons.posixEventLoopGroup.next()) {
            try site.streamConnection(name: "ropeway \(pair) watch of stores")
        }
    }

    /// Looks at stores over the stream protocol.
    ///
    /// - Parameter cluster: the cluster that AMQP leads to: what is read of another one says nothing of the stores.
    func edgeReader(of cluster: String?) -> StreamEdgeReader {
        let (site, title) = (site, "ropeway \(pair) watch of stores")
        return StreamEdgeReader(on: NIOSingletons.posixEventLoopGroup.next()) {
            try site.hurriedStreamConnection(name: title)
        } verify: { connection in
            guard let cluster, let found = connection.clusterName, await !site.isOneCluster(found, cluster) else {
                return
            }
            throw StreamEndError.otherCluster(.destination, found: found, expected: cluster)
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
