import ControlModel
import ErrorCodes

extension PairEngine {
    /// The gaps that nobody took note of: what they hold, a promotion would not bring.
    func gapFindings() async -> [CheckFinding] {
        if mode == .command { await watch.load(from: Array(sites.values)) }
        let fault = await watch.fault.map { fault in
            CheckFinding(.fail, code: fault.code, message: fault.message, hint: fault.hint)
        }
        let gaps = await watch.openGaps.map { CheckFinding($0, refuses: true) }
        return (fault.map { [$0] } ?? []) + gaps
    }
}

extension CheckFinding {
    /// A gap, of which it is only told where it refuses nothing.
    init(_ gap: Gap, refuses: Bool) {
        self.init(
            refuses ? .fail : .warn,
            code: .gap,
            subject: "route \(gap.route), site \(gap.site)",
            message: gap.summary,
            hint: gap.hint
        )
    }
}
