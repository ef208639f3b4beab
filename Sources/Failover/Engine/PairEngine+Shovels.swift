import ControlModel
import ErrorCodes
import Foundation
import Leadership
import Logging
import Relay
import RopewayConfiguration

/// Shovels: one between the sites runs with the routes, under the lock of the standby site; one within a site under the
/// lock of that site, whether or not the other answers. They are begun and ended in the lane.
extension PairEngine {
    private func mayRun(_ shovel: ShovelConfiguration) -> Bool {
        guard !isEnding else { return false }
        let site = shovel.source.site
        guard shovel.destination.site == site else { return relays != nil }
        // A promotion drains what is published to the routes' exchanges, which shovels may do.
        if relays == nil, machine.operation.map({ !$0.isDryRun }) ?? false { return false }
        return heldLocks[site]?.isHeld ?? false
    }

    private var allowed: Set<String> { Set(configuration.shovels.filter(mayRun).map(\.name)) }

    /// Begins and ends shovels as the configuration and the locks have it; those that run as they should are left alone.
    func updateShovels() async {
        let outdated = shovels.takeOutdated(by: configuration)
        let kept = allowed
        let barred = shovels.takeBarred(except: kept)
        await end(outdated + barred)
        if !configuration.shovels.isEmpty { await learnPauses() }
        let allowed = allowed
        do {
            try shovels.beginMissing(of: configuration, sites: sites, paused: paused, logger: logger, allowed: allowed)
            shovelsFault = nil
        } catch {
            shovelsFault = ErrorReport(
                code: .shovelInvalid,
                message: "a shovel can't be begun: \(error)",
                hint: "correct the configuration",
                since: .now
            )
            logger.error("shovels can't run", metadata: ["error": "\(error)"])
        }
    }

    /// Follows the locks, each second and whenever one is lost.
    func followLocks() {
        guard mode == .daemon, shovelsFault == nil, shovels.differs(from: allowed) else { return }
        lane.append { await self.updateShovels() }
    }

    /// Ends those that may not run any more.
    func stopBarredShovels() async {
        let allowed = allowed
        await end(shovels.takeBarred(except: allowed))
    }

    func stopShovels() async {
        await end(shovels.takeAll())
    }

    /// Ends all of them, for good.
    func closeShovels() async {
        isEnding = true
        await stopShovels()
    }

    /// Stops what was left out of the set, and keeps what it did.
    private func end(_ leftOut: [ShovelSet.Running]) async {
        let ended = await leftOut.stopAll()
        shovels.note(ended)
    }
}
