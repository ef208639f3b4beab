extension PositionLog {
    /// Drops the ticks whose neighbours lie closest together for their age. The oldest and the newest stay.
    mutating func thin() {
        while entries.count > limits.ticks {
            let now = entries[entries.count - 1].at
            var least = (index: 1, worth: Double.infinity)
            for index in 1..<(entries.count - 1) {
                let gap = entries[index + 1].at.milliseconds - entries[index - 1].at.milliseconds
                let age = max(now.milliseconds - entries[index].at.milliseconds, limits.dense)
                let worth = Double(gap) / Double(age)
                if worth < least.worth { least = (index, worth) }
            }
            entries.remove(at: least.index)
        }
    }
}
