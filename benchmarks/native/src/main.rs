//! Reads lines of `WORK TIMES`, does the work so often, answers with the seconds that it took.
//!
//! The first argument is a script with the functions that `benchmarks/binding.py` calls, the second
//! one to load.

use std::hint::black_box;
use std::io::stdin;
use std::time::Instant;

use rhai::{CallFnOptions, Dynamic, Engine, FuncArgs, Map, OptimizationLevel, Scope, AST};

struct Bench {
    engine: Engine,
    ast: AST,
    scope: Scope<'static>,
    /// The script to load.
    source: String,
}

impl Bench {
    fn call(&mut self, name: &str, args: impl FuncArgs) -> Dynamic {
        let options = CallFnOptions::new().eval_ast(false).rewind_scope(true);
        self.engine
            .call_fn_with_options(options, &mut self.scope, &self.ast, name, args)
            .expect("the script runs")
    }

    fn run(&mut self, work: &str) {
        match work {
            "int" => drop(black_box(self.call("f", (5_i64,)).as_int())),
            "dict" => drop(black_box(self.dict())),
            "callback" => drop(black_box(self.call("h", (5_i64,)).as_int())),
            "loop" => drop(black_box(self.call("count", (1_000_000_i64,)).as_int())),
            "load" => {
                let ast = self
                    .engine
                    .compile(&self.source)
                    .expect("the script parses");
                let mut scope = Scope::new();
                self.engine
                    .run_ast_with_scope(&mut scope, &ast)
                    .expect("the script runs");
                black_box(scope);
            }
            other => panic!("no work is called {other}"),
        }
    }

    fn dict(&mut self) -> Vec<(String, i64)> {
        let names = ["a", "b", "c", "d", "e"];
        let five = (1_i64..)
            .zip(names)
            .map(|(n, name)| (name.into(), n.into()));
        let map = self.call("g", (five.collect::<Map>(),)).cast::<Map>();
        map.into_iter()
            .map(|(name, value)| (name.to_string(), value.as_int().expect("an int")))
            .collect()
    }
}

fn main() {
    let read = |n| std::fs::read_to_string(std::env::args().nth(n).expect("two files"));
    let mut engine = Engine::new();
    engine.set_optimization_level(OptimizationLevel::None);
    engine.register_fn("increment", |n: i64| n + 1);
    let ast = engine
        .compile(read(1).expect("a script"))
        .expect("it parses");
    let source = read(2).expect("a script to load");
    let scope = Scope::new();
    let mut bench = Bench {
        engine,
        ast,
        scope,
        source,
    };
    for line in stdin().lines() {
        let line = line.expect("a line");
        let (work, times) = line.split_once(' ').expect("a work and how often");
        let times: u64 = times.parse().expect("a number");
        let start = Instant::now();
        for _ in 0..times {
            bench.run(work);
        }
        println!("{}", start.elapsed().as_secs_f64());
    }
}
