/// Which queues the messages of each class reach for certain. A class's number is its place.
package struct ClassTable: Sendable, Hashable, Codable {
    /// Grows with every change of the bindings.
    package var generation: Int
    /// For each class, the names of its queues.
    package var queues: [[String]]

    package init(generation: Int, queues: [[String]]) {
        self.generation = generation
        self.queues = queues
    }

    /// Classes may be added within a generation, as routing keys are met.
    func isContinued(by other: ClassTable) -> Bool {
        generation == other.generation && other.queues.starts(with: queues)
    }
}
