extension PairEngine {
    /// The gaps that nobody took note of: what they hold, a promotion would not bring.
    func gapFindings() async -> [CheckFinding] {
        if mode == .command { await watch.load(from: Array(sites.values)) }
        let fault = await watch.fault.map { fault in
            CheckFinding(.fail, code: fault.code, message: fault.message, hint: fault.hint)
        }
        let gaps = await watch.openGaps.map { gap in
            CheckFinding(
                .fail,
                code: "gap",
                subject: "route \(gap.route), site \(gap.site)",
                message: gap.summary,
                hint: gap.hint
            )
        }
        return (fault.map { [$0] } ?? []) + gaps
    }
}
