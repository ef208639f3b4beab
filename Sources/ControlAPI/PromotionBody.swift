import ControlModel

/// The body of `POST /v1/promotions`: only `site` is needed.
struct PromotionBody: Decodable {
    let request: PromotionRequest

    /// The longest time that a planned promotion may be given, in seconds: a week.
    static let longestTimeout = 604_800.0

    enum CodingKeys: String, CodingKey, CaseIterable {
        case site, forced, who
        case expectedEpoch = "expected_epoch"
        case timeoutSeconds = "timeout_seconds"
        case dryRun = "dry_run"
        case acceptsGap = "accept_gap"
        case acceptedLoss = "accept_loss"
    }

    init(from decoder: any Decoder) throws {
        let keys = try decoder.container(keyedBy: AnyKey.self).allKeys.map(\.stringValue)
        // A misspelt `dry_run` that is ignored would start a promotion.
        if let unknown = keys.sorted().first(where: { CodingKeys(rawValue: $0) == nil }) {
            throw BodyError(message: "unknown key \(unknown.debugDescription)")
        }
        try AnyKey.refuseNull(decoder)
        let container = try decoder.container(keyedBy: CodingKeys.self)
        let request = PromotionRequest(
            site: try container.decode(String.self, forKey: .site),
            forced: try container.decodeIfPresent(Bool.self, forKey: .forced) ?? false,
            expectedEpoch: try Self.epoch(container),
            timeoutSeconds: try container.decodeIfPresent(Double.self, forKey: .timeoutSeconds),
            dryRun: try container.decodeIfPresent(Bool.self, forKey: .dryRun) ?? false,
            acceptsGap: try container.decodeIfPresent(Bool.self, forKey: .acceptsGap) ?? false,
            acceptedLoss: try Self.acceptedLoss(container),
            who: try container.decodeIfPresent(String.self, forKey: .who)
        )
        if request.acceptedLoss != nil, !request.forced {
            throw BodyError(message: "accept_loss is for a forced promotion; a planned one loses nothing")
        }
        if let timeout = request.timeoutSeconds, !(timeout > 0 && timeout <= Self.longestTimeout) {
            throw BodyError(message: "timeout_seconds is not within 0 and \(Int(Self.longestTimeout))")
        }
        self.request = request
    }

    private static func acceptedLoss(_ container: KeyedDecodingContainer<CodingKeys>) throws -> AcceptedLoss? {
        do {
            return try container.decodeIfPresent(AcceptedLoss.self, forKey: .acceptedLoss)
        } catch {
            throw BodyError(message: "accept_loss is neither a whole number from 0 up nor \"any\"")
        }
    }

    /// Read as any number: the decoder's own error for 1.5 as an integer doesn't name the key.
    private static func epoch(_ container: KeyedDecodingContainer<CodingKeys>) throws -> Int? {
        guard let number = try container.decodeIfPresent(Double.self, forKey: .expectedEpoch) else { return nil }
        guard let epoch = Int(exactly: number), epoch >= 0 else {
            throw BodyError(message: "expected_epoch is not a whole number from 0 up")
        }
        return epoch
    }
}

/// What is wrong with the body of a request.
struct BodyError: Error {
    let message: String
}
