/// What went wrong in a test's surroundings: a node that did not start, a deadline that passed, a child that failed.
public struct HarnessError: Error, CustomStringConvertible, Sendable {
    /// What was attempted, what came of it and, where it helps, the end of the output.
    public let description: String

    /// Makes an error with this text.
    public init(_ description: String) {
        self.description = description
    }
}
