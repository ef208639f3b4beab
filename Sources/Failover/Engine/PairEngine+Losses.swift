import Foundation
import Leadership
import Logging
import Relay
import RopewayConfiguration

/// What forced promotions really lost, once the site that was given up is back.
extension PairEngine {
    private static let lossInterval = Duration.seconds(5)
    /// Between two looks that have to agree: a queue says 0 for a moment while its leader is busy.
    private static let lossPause = Duration.seconds(2)

    /// Looks into the captures of a site that came back, and keeps what was found, until the task is cancelled.
    func keepFindingLosses() async {
        guard mode == .daemon else { return }
        var isLoaded = false
        var written: [String: LossLedger] = [:]
        while !Task.isCancelled {
            try? await Task.sleep(for: Self.lossInterval)
            guard !Task.isCancelled else { return }
            if !isLoaded { isLoaded = await loadLosses() }
            guard isLoaded else { continue }
            await findLoss()
            for (name, lock) in heldLocks where written[name] != losses {
                guard let site = sites[name], !losses.losses.isEmpty else { continue }
                guard let there = try? await MergedParameter(site: site, pair: configuration.name).write(losses, lock)
                else { continue }
                losses.merge(there)
                written[name] = losses
            }
        }
    }

    /// Takes over what the sites have.
    ///
    /// - Returns: whether one could tell.
    @discardableResult
    func loadLosses() async -> Bool {
        var isRead = false
        for site in sites.values {
            do {
                let found: LossLedger? = try await MergedParameter(site: site, pair: configuration.name).read()
                if let found { losses.merge(found) }
                isRead = true
            } catch {
                // A site that is away, or whose copy can't be read, tells nothing: the other may.
                logger.debug("what promotions lost can't be read", metadata: ["error": "\(error.summary)"])
            }
        }
        return isRead
    }

    /// The forced promotion that made the present epoch, if it is not known what it lost.
    private var promotionToAudit: PairRecord.Entry? {
        guard machine.operation == nil, let record, record.operation == nil,
            let entry = record.history.last(where: {
                $0.epoch == record.epoch && $0.site == record.active && $0.kind == .forced
                    && ["done", "incomplete"].contains($0.result)
            })
        else { return nil }
        return losses.lost(by: entry.id) == nil ? entry : nil
    }

    /// What the captures of the other site hold was captured there and never relayed. It is looked at once, as soon as this
    /// process relays into that site: what applications publish there later is another matter.
    private func findLoss() async {
        guard let entry = promotionToAudit, machine.relaying?.to != entry.site, machine.relaying != nil,
            let origin = other(than: entry.site), let first = await heldByCaptures(of: origin),
            (try? await Task.sleep(for: Self.lossPause)) != nil,
            let second = await heldByCaptures(of: origin), promotionToAudit?.id == entry.id
        else { return }
        let lost = PairRecord.Lost(messages: max(first, second), seen: Date().millisecondsSince1970)
        losses.note(lost, by: entry.id)
        logger.notice(
            "what a forced promotion lost is known now",
            metadata: ["operation": "\(entry.id)", "site": "\(origin.name)", "messages": "\(lost.messages)"]
        )
    }

    /// How many messages the captures of all routes hold at a site; `nil` where one is not there, or does not tell.
    private func heldByCaptures(of site: Site) async -> Int? {
        // A stream holds what was relayed as well, and its offsets are more than its messages.
        guard !configuration.routes.contains(where: \.copiesStream) else { return nil }
        var sum = 0
        for route in configuration.routes {
            let capture = ObjectNames(pair: configuration.name, route: route.name).capture
            guard let queue = try? await site.existingQueue(capture), let type = queue.declaredType,
                let held = try? await site.liveMessages(of: capture, type: type.rawValue)
            else { return nil }
            sum += held
        }
        return sum
    }
}
