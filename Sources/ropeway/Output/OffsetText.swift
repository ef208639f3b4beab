import ControlModel

/// Where a stream's consumers go on in its copy.
struct OffsetText {
    let report: OffsetReport

    var text: String {
        let (source, copy) = (report.source, report.copy)
        let asked = "offset \(source.offset) of '\(source.stream)' at \(source.site)"
        guard let reason = report.reason else {
            return "\(asked) is offset \(copy.offset) of '\(copy.stream)' at \(copy.site)"
        }
        return """
            \(asked) is not known exactly: it is offset \(copy.offset) of '\(copy.stream)' at \(copy.site), or behind that
              reason: \(reason)
              consume from offset \(copy.offset) on: nothing is left out, and messages before that one may come again
            """
    }
}
