import AMQP
import Logging
import NIOCore
import NIOPosix
import Pump
import RabbitStream
import RopewayConfiguration

/// The copy of a route's stream capture into its standby store, in one epoch: entry by entry as they were captured.
///
/// The copy is known to both brokers by a name that holds the epoch. Once the epoch has ended, a ``StreamBarrier`` closes
/// that name at the store's broker; the copy of a later epoch goes on where it ended.
package struct StreamCopy: Sendable {
    /// The names of the route's objects.
    package let names: ObjectNames
    /// The site with the capture.
    package let source: Site
    /// The site with the store.
    package let destination: Site
    /// The pair's epoch.
    package let epoch: Int

    /// For how many epochs it is looked where their copies ended.
    private static let rememberedEpochs = 10

    package init(names: ObjectNames, from source: Site, to destination: Site, epoch: Int) {
        self.names = names
        self.source = source
        self.destination = destination
        self.epoch = epoch
    }

    private var title: String { "ropeway \(names.pair) \(names.route)" }

    /// What copies: from an end to another that `prepare` makes ready.
    func pump(
        preparing prepareSource: @escaping @Sendable (AMQPConnection) async throws -> Void,
        _ prepareDestination: @escaping @Sendable (AMQPConnection) async throws -> Void,
        isPaused: Bool,
        logger: Logger,
        tell: @escaping @Sendable (ChunkCopyIncident) async -> Void
    ) -> ChunkPump {
        let copy = self
        return ChunkPump(
            name: names.route,
            source: ChunkEnd(
                connection: { try copy.source.streamConnection(name: copy.title) },
                stream: names.capture,
                prepare: { try await copy.prepare(copy.source, copy.names.capture, beside: $0, prepareSource) }
            ),
            destination: ChunkEnd(
                connection: { try copy.destination.streamConnection(name: copy.title) },
                stream: names.standby,
                prepare: {
                    try await copy.prepare(copy.destination, copy.names.standby, beside: $0, prepareDestination)
                }
            ),
            reference: names.copy(epoch: epoch),
            earlier: (1..<max(epoch, 1)).suffix(Self.rememberedEpochs).reversed().map { names.copy(epoch: $0) },
            isWhole: true,
            isPaused: isPaused,
            logger: logger,
            tell: tell
        )
    }

    /// Topology is a matter of AMQP and the management API.
    private func prepare(
        _ site: Site,
        _ object: String,
        beside stream: StreamConnection,
        _ body: @Sendable (AMQPConnection) async throws -> Void
    ) async throws {
        do {
            let configuration = try site.connection(name: "\(title) topology", for: .look)
            try await AMQPConnection.withConnection(configuration) { connection in
                if let found = stream.clusterName, let expected = connection.clusterName,
                    await !site.isOneCluster(found, expected)
                {
                    throw TopologyError(
                        .refused,
                        "the listener of the stream protocol of site '\(site.name)' belongs to cluster '\(found)', and AMQP "
                            + "leads to cluster '\(expected)'",
                        hint: "correct the site's stream: in the configuration",
                        object: object
                    )
                }
                try await body(connection)
            }
        } catch {
            throw TopologyError(error, at: site.name, object: object)
        }
    }

    /// Looks at where the capture ends.
    func probe(on eventLoop: any EventLoop) -> StreamEndProbe {
        let (source, title) = (source, title)
        return StreamEndProbe(of: names.capture, on: eventLoop) {
            try source.streamConnection(name: "\(title) look")
        }
    }

    /// How many messages the capture holds that are not in the store, at most: what its broker puts there counts as well.
    /// Nothing must copy meanwhile.
    package func remaining() async throws(TopologyError) -> UInt64 {
        let end = try await end()
        do {
            let connection = try await StreamConnection.connect(destination.streamConnection(name: "\(title) look"))
            do {
                let seal = ReferenceSeal(names.copy(epoch: epoch), stream: names.standby)
                let copied = try await seal.position(on: connection)?.copied ?? 0
                await connection.close()
                return end - min(end, copied)
            } catch {
                await connection.close()
                throw error
            }
        } catch {
            throw TopologyError(error, onStreamsOf: destination, object: names.standby)
        }
    }

    /// Where the capture ends, which holds something.
    private func end() async throws(TopologyError) -> UInt64 {
        let probe = probe(on: NIOSingletons.posixEventLoopGroup.next())
        let found: StreamEndProbe.End
        do {
            found = try await probe.look()
        } catch {
            throw TopologyError(error, onStreamsOf: source, object: names.capture)
        }
        await probe.close()
        guard case .at(let end) = found else {
            throw TopologyError(
                .unreachable,
                "capture '\(names.capture)' of site '\(source.name)' does not deliver its newest message",
                hint: "look at the node of the stream's leader, and try again",
                object: names.capture
            )
        }
        return end
    }
}

extension StreamCopy {
    /// What a site that is promoted has of the copy of an epoch.
    package struct Kept: Sendable {
        let names: ObjectNames
        let site: Site
        let epoch: Int

        package init(names: ObjectNames, site: Site, epoch: Int) {
            self.names = names
            self.site = site
            self.epoch = epoch
        }

        /// Whether it is known that something was copied; where the site can't be asked over the stream protocol, it is not.
        package func isKnown() async -> Bool {
            guard site.mayUseStreams,
                let configuration = try? site.hurriedStreamConnection(name: "ropeway \(names.pair) \(names.route) look")
            else { return false }
            guard let connection = try? await StreamConnection.connect(configuration) else {
                site.noteStreams(answer: false)
                return false
            }
            let seal = ReferenceSeal(names.copy(epoch: epoch), stream: names.standby)
            let position = try? await seal.position(on: connection)
            await connection.close()
            return position != nil
        }
    }
}
