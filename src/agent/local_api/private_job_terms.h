// What makes a call a private job: what its receipt says of it, and whose cache it may share.
#pragma once

#include <string>

#include "protocol/ids.h"
#include "protocol/receipt.h"

namespace b3iq::agent {

class ModelPostures;

struct PrivateJobTerms {
  protocol::JobId job_id;
  std::string model_id;  // as the job names it: is_public_model_name()
  std::string policy_version;
  protocol::PrivacyClass privacy_class = protocol::PrivacyClass::private_transport;
  std::string cache_partition;  // of this job alone, random
  // What the owner allows each model for; outlives the call.
  const ModelPostures* postures = nullptr;
};

}  // namespace b3iq::agent
