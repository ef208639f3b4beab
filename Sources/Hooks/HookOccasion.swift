/// When a hook is run.
package enum HookOccasion: String, Sendable, Hashable, Codable, CaseIterable {
    /// Before a promotion changes anything: one that fails can keep it from being begun.
    case beforePromotion = "before-promotion"
    /// After a promotion has ended, whatever its end.
    case afterPromotion = "after-promotion"
    /// A scheduled promotion would be refused, as a look ahead of its time found.
    case lookAheadFailed = "look-ahead-failed"
}
