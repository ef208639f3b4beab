extension PairEngine {
    /// The gaps that nobody took note of: what they hold, a promotion would not bring.
    func gapFindings() async -> [CheckFinding] {
        if mode == .command { await watch.load(from: Array(sites.values)) }
        return await watch.openGaps.map { gap in
            CheckFinding(
                .fail,
                code: "gap",
                subject: "route \(gap.route), site \(gap.site)",
                message: gap.summary,
                hint: gap.hint
            )
        }
    }
}
