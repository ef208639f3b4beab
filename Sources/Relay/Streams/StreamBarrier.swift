import NIOCore
import NIOPosix
import Pump
import RabbitStream

/// Closes the copies of an ended epoch at the site that is promoted: from then on the site's broker drops what a relay of
/// that epoch copies into a standby store, whoever it is and whatever it believes.
///
/// What a ``StoreBarrier`` is for what is published through an exchange: that one refuses sessions that begin later, this
/// one shuts out those that have begun, and have to come after it.
package struct StreamBarrier: Sendable {
    /// The site that is promoted.
    package let site: Site
    /// The pair's name.
    package let pair: String

    /// For how many epochs it is looked whether they are closed.
    private static let epochs = 10

    package init(site: Site, pair: String) {
        self.site = site
        self.pair = pair
    }

    /// Closes the copies of the epoch, and of those before that something was copied in. Idempotent.
    ///
    /// - Parameter routes: the names of the routes with stream captures.
    /// - Throws: ``TopologyError``; part of the copies may be closed then, and closing again goes on.
    package func close(upTo epoch: Int, routes: [String]) async throws(TopologyError) {
        for route in routes {
            let names = ObjectNames(pair: pair, route: route)
            // Where there is no store nothing was copied, and what would make one now is refused.
            guard try await site.existingQueue(names.standby) != nil else { continue }
            do {
                try await close(names, upTo: epoch)
            } catch {
                throw TopologyError(error, onStreamsOf: site, object: names.standby)
            }
        }
    }

    private func close(_ names: ObjectNames, upTo epoch: Int) async throws {
        let configuration = try site.streamConnection(name: "ropeway \(pair) barrier")
        let eventLoop = NIOSingletons.posixEventLoopGroup.next()
        for older in try await openEpochs(names, before: epoch, configuration, eventLoop) + [epoch] {
            try await ReferenceSeal(names.copy(epoch: older), stream: names.standby)
                .close(configuration, on: eventLoop) { StoreMark.message(epoch: older, generation: $0) }
        }
    }

    /// Epochs before in which something was copied, and that nobody closed.
    private func openEpochs(
        _ names: ObjectNames,
        before epoch: Int,
        _ configuration: StreamConnectionConfiguration,
        _ eventLoop: any EventLoop
    ) async throws -> [Int] {
        let connection = try await StreamConnection.connect(configuration, on: eventLoop)
        do {
            var open: [Int] = []
            for older in (1..<max(epoch, 1)).suffix(Self.epochs) {
                let seal = ReferenceSeal(names.copy(epoch: older), stream: names.standby)
                guard try await seal.position(on: connection) != nil else { continue }
                if try await !seal.isClosed(on: connection) { open.append(older) }
            }
            await connection.close()
            return open
        } catch {
            await connection.close()
            throw error
        }
    }
}
