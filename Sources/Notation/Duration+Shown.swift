extension Duration {
    /// The duration as a person would say it, such as `5 s`, `500 ms` or `2 min 30 s`: what is between is rounded.
    package var shown: String {
        let milliseconds = (self / .milliseconds(1)).rounded()
        guard milliseconds.isFinite, milliseconds.magnitude < 1e15 else { return "a very long time" }
        if milliseconds < 0 { return "-\((.zero - self).shown)" }
        if milliseconds < 1000 { return "\(Int(milliseconds)) ms" }
        if milliseconds < 9950 {
            let tenths = Int((milliseconds / 100).rounded())
            return tenths % 10 == 0 ? "\(tenths / 10) s" : "\(tenths / 10).\(tenths % 10) s"
        }
        let seconds = Int((milliseconds / 1000).rounded())
        if seconds < 120 { return "\(seconds) s" }
        if seconds % 3600 == 0 { return "\(seconds / 3600) h" }
        let rest = seconds % 60 == 0 ? "" : " \(seconds % 60) s"
        return "\(seconds / 60) min\(rest)"
    }
}
