import FoundationEssentials
import Leadership
import Logging
import Relay

/// Keeps what is paused on the brokers, wherever a site's lock is held.
actor PauseDesk {
    private let pair: String
    private let sites: Set<String>
    private let logger: Logger
    private(set) var ledger = PauseLedger()
    /// The sites whose copy is behind.
    private var outdated: Set<String> = []
    /// The sites that were read since this process began.
    private var read: Set<String> = []
    private var troubles: [String: RepeatedTrouble] = [:]

    private struct RepeatedTrouble {
        var summary: String
        var retry: ContinuousClock.Instant
    }

    /// How long a site's copy that fails is left alone.
    private static let rest = Duration.seconds(10)

    init(pair: String, sites: [String], logger: Logger) {
        self.pair = pair
        self.sites = Set(sites)
        self.logger = logger
    }

    /// Whether every site was read since this process began.
    var isComplete: Bool { read == sites }

    /// Takes over what sites have that were not read yet, or all of them.
    func load(from sites: [Site], again: Bool = false) async {
        let pair = pair
        let wanted = sites.filter { (again || !read.contains($0.name)) && !rests($0.name) }
        await withTaskGroup(of: (String, Result<PauseLedger?, RecordError>).self) { group in
            for site in wanted {
                group.addTask {
                    do throws(RecordError) {
                        return (
                            site.name, .success(try await MergedParameter<PauseLedger>(site: site, pair: pair).read())
                        )
                    } catch {
                        return (site.name, .failure(error))
                    }
                }
            }
            for await (site, result) in group {
                switch result {
                case .success(let found):
                    read.insert(site)
                    troubles[site] = nil
                    let before = ledger
                    if let found { ledger.merge(found) }
                    if ledger != before { outdated.formUnion(self.sites.subtracting([site])) }
                    if ledger != found ?? PauseLedger() { outdated.insert(site) }
                case .failure(let error):
                    note(error)
                }
            }
        }
    }

    /// Notes a word of an operator and writes it down.
    ///
    /// - Parameter held: the sites whose locks are held.
    /// - Returns: whether that changed anything.
    /// - Throws: ``RecordError`` where no site has it in writing; everything is as it was then.
    func note(
        _ name: String,
        isPaused: Bool,
        by who: String,
        under held: [(site: Site, lock: HeldLock)]
    ) async throws(RecordError) -> Bool {
        var changed = ledger
        guard changed.note(name, isPaused: isPaused, at: Date(), by: who) else { return false }
        var failure: RecordError?
        var written: Set<String> = []
        for (site, lock) in held where lock.isHeld {
            do throws(RecordError) {
                changed.merge(try await MergedParameter<PauseLedger>(site: site, pair: pair).write(changed, lock))
                written.insert(site.name)
            } catch {
                failure = error
            }
        }
        guard !written.isEmpty else {
            throw failure ?? RecordError(.notWhatWasWritten, site: "", parameter: PairNames(pair: pair).pauses)
        }
        ledger.merge(changed)
        outdated.formUnion(sites.subtracting(written))
        return true
    }

    /// Writes what is behind to the sites whose locks are held.
    func flush(_ held: [(site: Site, lock: HeldLock)]) async {
        for (site, lock) in held where outdated.contains(site.name) && lock.isHeld && !rests(site.name) {
            outdated.remove(site.name)
            do throws(RecordError) {
                ledger.merge(try await MergedParameter<PauseLedger>(site: site, pair: pair).write(ledger, lock))
                troubles[site.name] = nil
            } catch {
                outdated.insert(site.name)
                note(error)
            }
        }
    }

    /// Says once why a site's copy can't be read or written, and leaves it alone for a while.
    private func note(_ error: RecordError) {
        if troubles[error.site]?.summary != error.summary {
            logger.warning(
                "what is paused is not kept at a site",
                metadata: ["site": "\(error.site)", "error": "\(error.summary)", "hint": "\(error.hint)"]
            )
        }
        troubles[error.site] = RepeatedTrouble(summary: error.summary, retry: .now + Self.rest)
    }

    private func rests(_ site: String) -> Bool { troubles[site].map { $0.retry > .now } ?? false }
}
