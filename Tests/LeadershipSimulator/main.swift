import Foundation
import LeadershipSimulation

/// usage: leadership-simulator [SECONDS] [SEED] [PLANTED FAULT]
///
/// Runs seeds until the time is over. With 0 seconds it runs one seed and prints what happened.
let arguments = CommandLine.arguments.dropFirst().map { $0 }
let seconds = arguments.first.flatMap { Double($0) } ?? 60
var seed = arguments.dropFirst().first.flatMap { UInt64($0) } ?? UInt64.random(in: 0...999_999_999)
let planted = arguments.dropFirst(2).first.flatMap { PlantedFault(rawValue: $0) }

func run(_ seed: UInt64, isTracing: Bool) -> Simulation.Outcome {
    Simulation(seed: seed, options: Simulation.Options(planted: planted, isTracing: isTracing)).run()
}

func report(_ outcome: Simulation.Outcome) -> Never {
    let traced = run(outcome.seed, isTracing: true)
    print(traced.trace.joined(separator: "\n"))
    print("\nseed \(outcome.seed): \(outcome.violation ?? "nothing was found")")
    let name = planted.map { " \($0.rawValue)" } ?? ""
    print("again: Scripts/simulate 0 \(outcome.seed)\(name)")
    exit(outcome.violation == nil ? 0 : 1)
}

if seconds == 0 { report(run(seed, isTracing: false)) }
print("seeds from \(seed)\(planted.map { ", with a planted fault: \($0.rawValue)" } ?? "")")
let clock = ContinuousClock()
let began = clock.now
let first = seed
var promotions = 0
var aborts = 0
var events = 0
while clock.now - began < .seconds(seconds) {
    let outcome = run(seed, isTracing: false)
    seed += 1
    promotions += outcome.promotions
    aborts += outcome.aborts
    events += outcome.events
    if outcome.violation != nil {
        print("found after \(seed - first) seeds")
        report(outcome)
    }
}
let rate = Double(seed - first) / ((clock.now - began) / .seconds(1))
print(
    "\(seed - first) seeds without a find, \(rate.rounded()) a second: \(events) events, \(promotions) promotions done, "
        + "\(aborts) taken back"
)
