import FoundationEssentials
import Hooks
import Leadership

/// The runs of a pair's hooks, and the promotions after which hooks are still to be run: as they are kept on the brokers.
///
/// A value without clock and connections. Two copies that went different ways are merged: what one has run, is run.
package struct HookLedger: Sendable, Hashable {
    /// More runs than these are not kept, the newest stay.
    package static let runLimit = 50
    /// More promotions than these are not kept, the newest stay.
    package static let debtLimit = 20

    /// The oldest first.
    package private(set) var runs: [HookRun] = []
    /// The oldest first; settled ones stay for a while, so that no older copy brings them back.
    package private(set) var debts: [HookDebt] = []

    package init(runs: [HookRun] = [], debts: [HookDebt] = []) {
        self.runs = runs
        self.debts = debts
        bound()
    }

    package var isEmpty: Bool { runs.isEmpty && debts.isEmpty }

    /// Writes a run down.
    package mutating func record(_ run: HookRun) {
        runs.removeAll { $0.id == run.id }
        runs.append(run)
        bound()
    }

    /// Notes that hooks are to be run after a promotion. One that is known already stays as it is.
    package mutating func owe(_ debt: HookDebt) {
        guard !debts.contains(where: { $0.operation == debt.operation }) else { return }
        debts.append(debt)
        bound()
    }

    /// Notes that a process runs the hooks after a promotion.
    package mutating func claim(_ operation: String, by instance: String, for milliseconds: Int) {
        change(operation) { debt in
            debt.claim = .init(by: instance, attempt: (debt.claim?.attempt ?? 0) + 1, milliseconds: milliseconds)
        }
    }

    /// Notes that the hooks after a promotion have been run.
    package mutating func settle(_ operation: String) { change(operation) { $0.isSettled = true } }

    /// The promotions after which hooks are still to be run.
    package var open: [HookDebt] { debts.filter { !$0.isSettled } }

    private mutating func change(_ operation: String, _ body: (inout HookDebt) -> Void) {
        guard let index = debts.firstIndex(where: { $0.operation == operation }) else { return }
        body(&debts[index])
    }

    private mutating func bound() {
        runs.sort { ($0.started, $0.id) < ($1.started, $1.id) }
        runs = runs.suffix(Self.runLimit)
        debts.sort { ($0.started, $0.operation) < ($1.started, $1.operation) }
        debts = debts.suffix(Self.debtLimit)
    }

    /// Takes over what another copy has and this one has not.
    package mutating func merge(_ other: HookLedger) {
        let known = Set(runs.map(\.id))
        runs += other.runs.filter { !known.contains($0.id) }
        for debt in other.debts {
            owe(debt)
            change(debt.operation) { own in
                own.isSettled = own.isSettled || debt.isSettled
                if let claim = debt.claim, claim.attempt > own.claim?.attempt ?? 0 { own.claim = claim }
            }
        }
        bound()
    }

    /// Whether what would be written is the same.
    package func isSame(as other: HookLedger) -> Bool { self == other }
}

/// A run of a hook that has ended.
package struct HookRun: Sendable, Hashable, Codable {
    package var id: String
    /// The hook's name.
    package var hook: String
    /// When it was run: `before-promotion`, `after-promotion` or `look-ahead-failed`.
    package var occasion: String
    /// The promotion's id; `nil` where there is none yet.
    package var operation: String?
    /// The site that was promoted, or was to be.
    package var site: String
    package var epoch: Int?
    /// To the millisecond.
    package let started: Date
    /// How long it took.
    package var milliseconds: Int
    /// How it ended, in a word: `succeeded`, `exited`, `timed-out`, ….
    package var code: String
    /// How it ended, for a person, with the end of what it said.
    package var summary: String

    package init(
        id: String,
        hook: String,
        occasion: String,
        operation: String?,
        site: String,
        epoch: Int?,
        started: Date,
        milliseconds: Int,
        code: String,
        summary: String
    ) {
        self.id = id
        self.hook = hook
        self.occasion = occasion
        self.operation = operation
        self.site = site
        self.epoch = epoch
        self.started = started.roundedToMilliseconds
        self.milliseconds = milliseconds
        self.code = code
        self.summary = summary
    }

    /// Whether the hook did what it was to do.
    package var hasSucceeded: Bool { code == HookEnd.success }
}

/// A promotion that has hooks to be run after it.
package struct HookDebt: Sendable, Hashable, Codable {
    /// Who runs them.
    package struct Claim: Sendable, Hashable, Codable {
        /// The process.
        package var by: String
        /// Counts the processes that began.
        package var attempt: Int
        /// How long they may take together.
        package var milliseconds: Int

        package init(by: String, attempt: Int, milliseconds: Int) {
            self.by = by
            self.attempt = attempt
            self.milliseconds = milliseconds
        }
    }

    /// The promotion's id.
    package var operation: String
    /// `planned` or `forced`.
    package var kind: String
    /// The site that was promoted, or was to be.
    package var site: String
    /// The site that was active.
    package var from: String
    /// The epoch that it makes.
    package var epoch: Int
    /// When it started, to the millisecond.
    package let started: Date
    package var claim: Claim?
    package var isSettled: Bool

    package init(operation: String, kind: String, site: String, from: String, epoch: Int, started: Date) {
        self.operation = operation
        self.kind = kind
        self.site = site
        self.from = from
        self.epoch = epoch
        self.started = started.roundedToMilliseconds
        claim = nil
        isSettled = false
    }
}

extension HookLedger: Codable {
    /// The version of what is written.
    static let version = 1

    private enum CodingKeys: String, CodingKey {
        case version, runs, debts
    }

    package init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        try container.requireVersion(Self.version, forKey: .version)
        self.init(
            runs: try container.decodeIfPresent([HookRun].self, forKey: .runs) ?? [],
            debts: try container.decodeIfPresent([HookDebt].self, forKey: .debts) ?? []
        )
    }

    /// What is empty is left out, since RabbitMQ does not keep `{}` and `[]` apart.
    package func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(Self.version, forKey: .version)
        if !runs.isEmpty { try container.encode(runs, forKey: .runs) }
        if !debts.isEmpty { try container.encode(debts, forKey: .debts) }
    }
}
