// What customers send to queue a private job. What is taken makes a command whose arguments are
// read back as they were written, and holds nothing that the command does not.
#include <cstdint>

#include "base/bytes.h"
#include "base/check.h"
#include "control/private_jobs/private_job_types.h"
#include "protocol/messages/command.h"

int fuzz_private_job(const std::uint8_t* data, std::size_t size) {
  using namespace b3iq;
  const auto text = base::as_text({data, size});
  static_cast<void>(control::check_idempotency_key(text));
  const auto request = control::read_job_request(text);
  if (!request.ok()) return 0;
  B3_CHECK(protocol::NodeId::valid(request->node_id.text()));
  B3_CHECK(request->privacy_class == protocol::PrivacyClass::private_transport);
  protocol::PrivateInferenceArguments arguments;
  arguments.job_id = protocol::JobId::from_ulid("01JD5Z7Q3K8R9T0V1W2X3Y4Z5A");
  arguments.client_job_id = request->client_job_id.empty()
                                ? protocol::ClientJobId::parse("job").value()
                                : request->client_job_id;
  arguments.model_id = request->model_id;
  arguments.policy_version = "prices-0";
  arguments.envelope = request->envelope;
  const auto encoded = protocol::encode_arguments(arguments);
  const auto again = protocol::decode_arguments(protocol::CommandKind::private_inference, encoded);
  B3_CHECK(again.ok() && protocol::encode_arguments(*again) == encoded);
  return 0;
}
