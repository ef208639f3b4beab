import Leadership

/// What forced promotions really lost, by their ids: what the captures of the other site held, never relayed, when it was
/// back. It is kept on the brokers, since once that site is active again they are emptied.
///
/// A value without clock and connections. Of two copies that went different ways, what was seen first counts: what
/// applications publish there later is no loss of the promotion.
struct LossLedger: Sendable, Hashable, Codable {
    static let version = 1
    /// More than these are not kept: as many as the record's history has, the newest.
    static let limit = PairRecord.historyLimit

    private var version = Self.version
    private(set) var losses: [Finding] = []

    /// One promotion's loss.
    struct Finding: Sendable, Hashable, Codable {
        var operation: String
        var lost: PairRecord.Lost
    }

    private enum CodingKeys: String, CodingKey {
        case version, losses
    }

    init() {}

    func lost(by operation: String) -> PairRecord.Lost? { losses.first { $0.operation == operation }?.lost }

    /// Notes what a promotion lost; what is known of it already stays.
    mutating func note(_ lost: PairRecord.Lost, by operation: String) {
        guard self.lost(by: operation) == nil else { return }
        losses.append(Finding(operation: operation, lost: lost))
        bound()
    }

    mutating func merge(_ other: LossLedger) {
        for finding in other.losses {
            if let index = losses.firstIndex(where: { $0.operation == finding.operation }) {
                if finding.lost.seen < losses[index].lost.seen { losses[index] = finding }
            } else {
                losses.append(finding)
            }
        }
        bound()
    }

    func isSame(as other: LossLedger) -> Bool { self == other }

    private mutating func bound() {
        losses.sort { ($0.lost.seen, $0.operation) < ($1.lost.seen, $1.operation) }
        losses = losses.suffix(Self.limit)
    }
}
