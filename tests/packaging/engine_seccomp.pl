# Loads a seccomp filter like the default one of Docker and Podman for a process without capabilities, then runs the given
# program: what opens new namespaces, mounts, or reaches into the kernel fails with EPERM, clone3 with ENOSYS. In Perl,
# since each Debian has it.
use strict;
use warnings;
use POSIX ();

my %machines = (    # audit architecture, prctl, seccomp-refused calls, clone, clone3
  x86_64  => [0xC000003E, 157, [272, 308, 165, 166, 155, 250, 248, 249, 321, 298, 323, 425, 426, 427, 304, 175, 313, 246], 56, 435],
  aarch64 => [0xC00000B7, 167, [97, 268, 40, 39, 41, 219, 217, 218, 280, 241, 282, 425, 426, 427, 265, 105, 273, 104], 220, 435],
);
my $machine = $machines{(POSIX::uname())[4]} or die "no table for this machine\n";
my ($arch, $prctl, $refused, $clone, $clone3) = @$machine;
my ($EPERM, $ENOSYS) = (1, 38);
my $NEW_NAMESPACES = 0x7E020000;
my ($ALLOW, $ERRNO, $KILL) = (0x7FFF0000, 0x00050000, 0x80000000);

sub load { pack('S C C L', 0x20, 0, 0, $_[0]) }              # of struct seccomp_data: 0 call, 4 architecture, 16 argument 0
sub unless_equal { pack('S C C L', 0x15, 0, $_[1], $_[0]) }  # skips
sub unless_bits { pack('S C C L', 0x45, 0, $_[1], $_[0]) }
sub answer { pack('S C C L', 0x06, 0, 0, $_[0]) }

my @filter = (load(4), pack('S C C L', 0x15, 1, 0, $arch), answer($KILL), load(0));
push @filter, unless_equal($_, 1), answer($ERRNO | $EPERM) for @$refused;
push @filter, unless_equal($clone3, 1), answer($ERRNO | $ENOSYS);
push @filter, unless_equal($clone, 3), load(16), unless_bits($NEW_NAMESPACES, 1), answer($ERRNO | $EPERM);
push @filter, answer($ALLOW);

my $code = join '', @filter;
my $program = pack('S x![P] P', scalar @filter, $code);
syscall($prctl, 38, 1, 0, 0, 0) == 0 or die "no_new_privs: $!\n";
syscall($prctl, 22, 2, $program, 0, 0) == 0 or die "seccomp: $!\n";
exec { $ARGV[0] } @ARGV or die "$ARGV[0]: $!\n";
