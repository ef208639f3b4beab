/// What an engine is made for.
enum EngineMode: Sendable {
    /// To run until it is told to stop.
    case daemon
    /// To do one thing for a command.
    case command
}
