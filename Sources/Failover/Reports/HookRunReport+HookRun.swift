import ControlModel

extension HookRunReport {
    init(_ run: HookRun) {
        self.init(
            hook: run.hook,
            event: run.occasion,
            started: run.started,
            seconds: Double(run.milliseconds) / 1000,
            end: run.code,
            summary: run.summary
        )
    }
}
