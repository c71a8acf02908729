fn main() {
    use usher_tests::run::World as _;
    let file = std::env::args().nth(1).unwrap();
    let until: usize = std::env::args().nth(2).unwrap().parse().unwrap();
    let plan = usher_tests::plan::read(std::path::Path::new(&file)).unwrap();
    let mut world = usher_tests::run::Real::start(&usher_tests::run::catalogue(&plan), std::path::Path::new(".")).unwrap();
    for line in &plan.lines {
        if line.number >= until { break; }
        let told = match &line.statement {
            usher_tests::plan::Statement::Define(d) => world.define(d),
            usher_tests::plan::Statement::Do(a) => world.act(a),
            _ => Ok(()),
        };
        println!("{} {} {:?}", line.number, line.text, told);
    }
    println!("{:?}", world.screen());
    world.peek(&std::env::args().nth(3).unwrap());
}
