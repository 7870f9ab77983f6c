#include "agent/cli/commands.h"
#include "agent/doctor/doctor_checks.h"

namespace b3iq::agent {

int run_doctor(const Home& home, OutputForm form) {
  return cli::print_diagnosis(examine(home), form);
}

}  // namespace b3iq::agent
