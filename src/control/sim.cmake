# The simulator of private jobs (src/control/testing/sim/README.md).
add_executable(jobs_sim
  testing/sim/book_checks.cc testing/sim/book_rows.cc testing/sim/books.cc testing/sim/jobs_sim.cc
  testing/sim/sim_customer.cc testing/sim/sim_database.cc testing/sim/sim_node.cc testing/sim/sim_node_answers.cc
  testing/sim/sim_operator.cc testing/sim/sim_world.cc testing/sim/virtual_time.cc)
target_link_libraries(jobs_sim PRIVATE b3_control)
